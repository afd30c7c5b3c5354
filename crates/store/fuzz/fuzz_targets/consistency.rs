//! Any bytes as messages of the consistency levels: the first byte says whether they are a request,
//! which an acceptor takes, or a reply, which a coordinator does.
//!
//! ```sh
//! cd crates/store
//! REJOIN_CORPUS=fuzz/corpus cargo test -p rejoin-store --test consistency corpus
//! RUSTC_BOOTSTRAP=1 cargo fuzz run consistency -- -max_len=4096 -timeout=5 -rss_limit_mb=512 -malloc_limit_mb=64
//! ```

#![no_main]

mod seal;

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use rejoin_core::{Causal, Edit, ReplicaId};
use rejoin_sets::AwSet;
use rejoin_store::Time;
use rejoin_store::consistency::{
    Acceptor, Coordinator, CoordinatorConfig, Fairness, Level, Quorum, Reply, Request, Voters,
};

use self::seal::seal;

type Set = Causal<AwSet<u64>>;

fn id(number: u128) -> ReplicaId {
    ReplicaId::from_u128(number)
}

fn at(ms: u64) -> Time {
    Time::new(Duration::from_millis(ms))
}

fn delta(by: u128, element: u64) -> Set {
    Set::default().edit(id(by), |set| set.insert(element))
}

fn settle(acceptor: &mut Acceptor<Set>) {
    while let Some(record) = acceptor.pending() {
        acceptor.persisted(record.number);
    }
}

fn ask(request: Request<Set>) {
    let mut acceptor = Acceptor::new(Fairness::default());
    acceptor.merge(delta(2, 1));
    settle(&mut acceptor);
    acceptor.handle(at(1), id(1), request);
    settle(&mut acceptor);
    acceptor.handle_timeout(at(1_000));
    while acceptor.poll_transmit().is_some() {}
    let news = delta(3, 5);
    acceptor.merge(news.clone());
    settle(&mut acceptor);
    // Unless the request said that the element was removed.
    assert!(acceptor.state().context().is_superset(news.context()), "it works on");
}

fn answer(reply: Reply<Set>) {
    let voters = Voters::declare([1, 2, 3].map(id)).expect("three");
    let mut coordinator = Coordinator::new(id(1), voters, CoordinatorConfig::new(7));
    coordinator.update(at(0), delta(1, 7), Level::Strong, at(500));
    coordinator.read(at(0), delta(1, 8), Level::Quorum(Quorum::Majority), at(500));
    coordinator.read(at(0), delta(1, 9), Level::Strong, at(500));
    while coordinator.poll_transmit().is_some() {}
    coordinator.handle(at(2), id(2), reply.clone());
    coordinator.handle(at(3), id(3), reply);
    while coordinator.poll_transmit().is_some() {}
    coordinator.handle_timeout(at(501));
    let done = std::iter::from_fn(|| coordinator.poll_done()).count();
    assert!(done == 3 && coordinator.is_idle(), "every operation ends, one way or the other");
}

fuzz_target!(|input: &[u8]| {
    let Some((which, body)) = input.split_first() else { return };
    let bytes = seal(1, body);
    if which % 2 == 0 {
        let Ok(request) = Request::<Set>::decode(&bytes) else { return };
        assert_eq!(request.encode().as_ref(), Ok(&bytes), "there is one encoding");
        ask(request);
    } else {
        let Ok(reply) = Reply::<Set>::decode(&bytes) else { return };
        assert_eq!(reply.encode().as_ref(), Ok(&bytes), "there is one encoding");
        answer(reply);
    }
});
