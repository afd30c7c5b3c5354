//! Any bytes as messages of the consistency levels: the first byte says whether they are a request,
//! which an acceptor takes, or a reply, which a coordinator does.
//!
//! ```sh
//! cd crates/node
//! REJOIN_CORPUS=fuzz/corpus cargo test -p rejoin-quorum --test it corpus
//! RUSTC_BOOTSTRAP=1 cargo fuzz run consistency -- -max_len=4096 -timeout=5 -rss_limit_mb=512 -malloc_limit_mb=64
//! ```

#![no_main]

#[path = "../../../quorum/tests/it/members.rs"]
mod members;
mod seal;

use libfuzzer_sys::fuzz_target;
use rejoin_quorum::{Reply, Request};

use self::members::{Set, acceptor, at, coordinator, delta, id, settle};
use self::seal::seal;

fn ask(request: Request<Set>) {
    let mut acceptor = acceptor();
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
    let mut coordinator = coordinator();
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
