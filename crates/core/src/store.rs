//! For authors of new dot stores: what an implementation of [`DotStore`](crate::DotStore) needs.
//!
//! Most types need nothing of this: a struct of dot stores derives `DotStore`, and a lattice
//! becomes one inside a `Dotted`. A dot store of your own is worth it when its content has a form
//! that neither gives, such as a counter that keeps a sum beside the writes that made it.
//!
//! # Wrapping another dot store
//!
//! Most are another dot store that reads and edits differently. [`forward!`] then writes the impls,
//! which do what those of the field do, and what is left to write are the methods of the type and
//! of its cursor.
//!
//! # From nothing
//!
//! * The **cursor** keeps the [`Writer`] that it was made with. A write mints a dot, puts its piece
//!   into the value under that dot, supersedes the dots of the pieces that it replaces, and moves
//!   these pieces to [`Writer::removed`], from where they come back if the edit fails.
//! * [`join`](crate::DotStore::join) keeps the pieces that both sides have, and those that one side
//!   has and the other has never seen. It notes in the [`Journal`] each dot that it adds or
//!   removes.
//! * A **container** of other dot stores listens to the journal while it joins or edits a part, and
//!   keeps its index from dots to parts by the [notes](Note) made meanwhile.
//! * What the value reads as is a function of its live pieces.
//!
//! The law kit, `rejoin_core::laws`, tests all of it in one line. The shortest complete example is
//! the source of `ResetCounter` in `rejoin-counters`.

#[doc(inline)]
pub use crate::__forward as forward;
pub use crate::journal::{Journal, Note};
pub use crate::watch::joined;
pub use crate::writer::Writer;
