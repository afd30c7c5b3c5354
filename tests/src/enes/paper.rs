//! What the authors measured, from the records that they published with their code.

/// The columns of the tables: the six workloads.
pub const WORKLOADS: [&str; 6] = ["GSet", "GCounter", "GMap 10", "GMap 30", "GMap 60", "GMap 100"];
