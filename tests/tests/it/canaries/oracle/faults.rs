//! Faults in what a type does.

use super::*;

/// Keeps the first sibling.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Drops;

impl Fault<MvRegister<u8>> for Drops {
    fn merge(mine: &mut Causal<MvRegister<u8>>, other: Causal<MvRegister<u8>>) -> bool {
        let changed = mine.merge(other);
        let first = mine.writes().take(1).map(|(dot, _)| dot).collect();
        replace_store(mine, mine.within(&first));
        changed
    }
}

/// Takes what was removed for new.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Resurrects;

impl Fault<AwSet<u8>> for Resurrects {
    fn merge(mine: &mut Causal<AwSet<u8>>, other: Causal<AwSet<u8>>) -> bool {
        let mut joined = only_live(mine);
        let joins = joined.merge(other.clone());
        let changed = mine.merge(other);
        replace_store(mine, joined.store().clone());
        changed || joins
    }
}

/// Does not hear of removals elsewhere.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Ignores;

impl Fault<AwSet<u8>> for Ignores {
    fn merge(mine: &mut Causal<AwSet<u8>>, other: Causal<AwSet<u8>>) -> bool {
        let mut joined = mine.clone();
        let joins = joined.merge(only_live(&other));
        let changed = mine.merge(other);
        replace_store(mine, joined.store().clone());
        changed || joins
    }
}

/// The value without the dots of what was removed.
fn only_live<S: Itself>(causal: &Causal<S>) -> Causal<S> {
    let mut live = CausalContext::new();
    causal.store().dots(&mut |dot| {
        live.insert(dot);
    });
    Causal::from_parts(causal.store().clone(), live, CausalContext::new())
        .expect("every live dot is there")
}

fn replace_store<S: DotStore>(causal: &mut Causal<S>, store: S) {
    *causal = Causal::from_parts(store, causal.seen(), causal.foretold().clone())
        .expect("every live dot was seen");
}

/// Claims to have seen what it only knows to be gone: our own first version.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Overclaims;

impl Fault<MvRegister<u8>> for Overclaims {
    fn digest(mine: &Causal<MvRegister<u8>>) -> CausalDigest {
        mine.context().clone().into()
    }
}

/// Sends what was added.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct OnlyAdds;

impl Fault<AwSet<u8>> for OnlyAdds {
    fn diff(mine: &Causal<AwSet<u8>>, peer: &CausalDigest) -> Option<Causal<AwSet<u8>>> {
        Some(only_live(&mine.diff(peer)?))
    }
}

/// One part a dot, live or removed. It looks right: the parts join to the value, none is
/// redundant, and none can be decomposed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Scatters;

impl Fault<AwSet<u8>> for Scatters {
    fn decompose(mine: &Causal<AwSet<u8>>, visit: &mut dyn FnMut(Causal<AwSet<u8>>)) {
        if mine.digest().halves() != mine.foretold() {
            return mine.decompose(visit); // the difference for a peer
        }
        let part = |store, seen, foretold| {
            Causal::from_parts(store, seen, foretold).expect("parts of a sound value")
        };
        let mut live = CausalContext::new();
        mine.store().pieces(&mut |dot, piece| {
            live.insert(dot);
            visit(part(piece, dot.into(), CausalContext::new()));
        });
        let none = CausalContext::new;
        for dot in dots(&mine.seen().difference(&live)) {
            visit(part(AwSet::default(), dot.into(), none()));
        }
        for dot in dots(mine.foretold()) {
            visit(part(AwSet::default(), none(), dot.into()));
        }
    }
}

fn dots(context: &CausalContext) -> Vec<Dot> {
    let runs = context.runs();
    runs.flat_map(|(id, run)| run.filter_map(move |seq| Dot::new(id, seq))).collect()
}
