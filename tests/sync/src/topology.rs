//! Who is connected with whom.

/// An undirected graph of nodes `0..n`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topology {
    neighbours: Vec<Vec<usize>>,
}

impl Topology {
    /// The mesh of the paper: a ring of 15 nodes, each also connected with the ones four further.
    #[must_use]
    pub fn mesh() -> Self {
        let edges = (0..15).flat_map(|node| [(node, (node + 1) % 15), (node, (node + 4) % 15)]);
        Self::of(15, edges)
    }

    /// The tree of the paper: 14 edges, drawn at random by its authors.
    #[must_use]
    pub fn tree() -> Self {
        const EDGES: [(usize, usize); 14] = [
            (0, 1),
            (0, 8),
            (0, 13),
            (1, 6),
            (2, 5),
            (3, 10),
            (4, 5),
            (5, 6),
            (6, 10),
            (7, 13),
            (8, 9),
            (8, 14),
            (10, 12),
            (11, 13),
        ];
        Self::of(15, EDGES)
    }

    /// A ring of `n` nodes.
    #[must_use]
    pub fn ring(n: usize) -> Self {
        Self::of(n, (0..n).map(|node| (node, (node + 1) % n)))
    }

    /// A star of `n` nodes around the first.
    #[must_use]
    pub fn star(n: usize) -> Self {
        Self::of(n, (1..n).map(|node| (0, node)))
    }

    /// The graph with these edges.
    #[must_use]
    pub fn of(nodes: usize, edges: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let mut neighbours = vec![Vec::new(); nodes];
        for (a, b) in edges {
            neighbours[a].push(b);
            neighbours[b].push(a);
        }
        for list in &mut neighbours {
            list.sort_unstable();
            list.dedup();
        }
        Self { neighbours }
    }

    /// The number of nodes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.neighbours.len()
    }

    /// Whether there are no nodes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.neighbours.is_empty()
    }

    /// The neighbours of `node`, in ascending order.
    #[must_use]
    pub fn of_node(&self, node: usize) -> &[usize] {
        &self.neighbours[node]
    }

    /// The number of edges.
    #[must_use]
    pub fn edges(&self) -> usize {
        self.neighbours.iter().map(Vec::len).sum::<usize>() / 2
    }
}
