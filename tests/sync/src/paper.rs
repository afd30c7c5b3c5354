//! What the authors measured on a cluster, in entries, from the records that they published with
//! the code of their experiments (`evaluation/icde19.tar.gz` of `vitorenesduarte/exp`).

use crate::Topology;

/// The six workloads, which are the columns of the tables.
pub const WORKLOADS: [&str; 6] = ["GSet", "GCounter", "GMap 10", "GMap 30", "GMap 60", "GMap 100"];

/// The algorithms that they compare and that are run again here.
pub const ALGORITHMS: [&str; 6] =
    ["state-based", "classic delta", "+ BP", "+ RR", "+ BP + RR", "Scuttlebutt"];

/// What all messages of a run cost, by algorithm and workload.
pub type Table = [[u64; 6]; 6];

/// On the mesh.
pub const MESH: Table = [
    [4_735_324, 90_224, 5_481_460, 5_878_080, 5_978_788, 6_134_016],
    [4_613_296, 102_328, 5_525_572, 5_930_940, 5_981_967, 6_062_388],
    [4_597_855, 102_292, 5_537_596, 5_936_720, 6_013_166, 6_051_500],
    [102_064, 102_079, 641_508, 1_893_488, 3_696_660, 6_006_492],
    BP_RR_MESH,
    [1_517_962, 1_518_382, 1_788_292, 2_432_112, 3_311_828, 4_458_807],
];

/// On the mesh, by the algorithm of the paper: the figures to beat.
pub const BP_RR_MESH: [u64; 6] = [81_035, 80_769, 494_572, 1_459_633, 2_836_147, 4_605_493];

/// On the tree.
pub const TREE: Table = [
    [2_187_255, 42_672, 2_658_524, 2_780_443, 2_823_979, 2_842_291],
    [2_155_352, 47_990, 2_583_956, 2_765_279, 2_812_251, 2_822_705],
    [26_674, 26_598, 152_465, 445_410, 866_093, 1_403_057],
    [47_790, 47_734, 299_689, 887_513, 1_727_242, 2_793_343],
    [26_686, 26_694, 152_668, 446_580, 866_291, 1_401_307],
    [724_968, 711_096, 850_092, 1_143_384, 1_550_388, 2_087_820],
];

/// The name of a topology of the paper, the topology, and what was measured on it.
#[must_use]
pub fn topologies() -> [(&'static str, Topology, &'static Table); 2] {
    [("mesh", Topology::mesh(), &MESH), ("tree", Topology::tree(), &TREE)]
}
