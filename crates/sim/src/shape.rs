/// Which replicas are linked with which, for [`Network::arrange`](crate::Network::arrange).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Shape {
    /// Everybody with everybody.
    Mesh,
    /// Each with the next one, and the last with the first.
    Ring,
    /// Each with the next one.
    Line,
    /// The first with each other one.
    Star,
    /// Replica n with 2n + 1 and 2n + 2.
    Tree,
}

impl Shape {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Mesh, Self::Ring, Self::Line, Self::Star, Self::Tree];

    /// The links among this many replicas, as pairs of indices, the smaller one first.
    pub fn links(self, replicas: usize) -> impl Iterator<Item = (usize, usize)> {
        let pairs = (0..replicas).flat_map(|later| (0..later).map(move |former| (former, later)));
        pairs.filter(move |&(former, later)| match self {
            Self::Mesh => true,
            Self::Ring => former + 1 == later || former == 0 && later + 1 == replicas,
            Self::Line => former + 1 == later,
            Self::Star => former == 0,
            Self::Tree => former == (later - 1) / 2,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Shape;

    #[test]
    fn shapes_are_what_they_are_called() {
        let links = |shape: Shape| shape.links(5).collect::<Vec<_>>();
        assert_eq!(links(Shape::Mesh).len(), 10);
        assert_eq!(links(Shape::Ring), [(0, 1), (1, 2), (2, 3), (0, 4), (3, 4)]);
        assert_eq!(links(Shape::Line), [(0, 1), (1, 2), (2, 3), (3, 4)]);
        assert_eq!(links(Shape::Star), [(0, 1), (0, 2), (0, 3), (0, 4)]);
        assert_eq!(links(Shape::Tree), [(0, 1), (0, 2), (1, 3), (1, 4)]);
        for shape in Shape::ALL {
            assert_eq!(shape.links(0).count() + shape.links(1).count(), 0);
            assert_eq!(shape.links(2).collect::<Vec<_>>(), [(0, 1)]);
        }
    }
}
