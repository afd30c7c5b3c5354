//! What a node says of itself: to people, to Prometheus, and to whoever traces.

use std::time::Duration;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use rejoin_node::Node;
use rejoin_observe::{Excess, Health, Limits};
use rejoin_quorum::{QuorumConfig, Single};
use rejoin_store::NodeId;

use crate::common::{Tags, eventually, has, node};

#[tokio::test(flavor = "multi_thread")]
async fn a_report_has_what_the_node_measured() {
    let alice = node(0xa1, []);
    let bob = node(0xb1, [alice.local_addr().unwrap()]);
    eventually(|| alice.stats().connected == 1 && bob.stats().connected == 1).await;
    alice.edit(|tags| tags.insert("before they compare")).await.unwrap();
    eventually(|| has(&bob, "before they compare")).await;
    let before = bob.report();
    alice.edit(|tags| tags.insert("after")).await.unwrap();
    eventually(|| has(&bob, "after")).await;

    let report = bob.report();
    assert_eq!((report.id, report.peers, report.gaps), (bob.id(), 1, 0));
    assert_eq!(report.lag.summary.count, before.lag.summary.count + 1, "{report}");
    assert!(report.reads > before.reads);
    assert_eq!(report.read_latency.unwrap().count, report.reads);
    assert_eq!(alice.report().write_latency.unwrap().count, 2);
    assert_eq!(report.conflicts, None);
    let text = report.to_string();
    for line in [
        "replica  ",
        "replication lag     mean ",
        "divergence window   ",
        "gaps                0 writes",
    ] {
        assert!(text.contains(line), "{line:?} is not in\n{text}");
    }
    bob.count_conflicts_with(|tags| tags.len() as u64);
    assert_eq!(bob.report().conflicts, Some(2));

    eventually(|| alice.report().divergence_window.is_zero()).await;
    assert_eq!(bob.health(&Limits::default()), Health::Healthy);
    // A lag of less than a millisecond counts as none.
    let strict = Limits::default().with_lag_p99(Duration::ZERO);
    let lag = |excess: &Excess| matches!(excess, Excess::Lag { limit: Duration::ZERO, .. });
    let exceeds = bob.report().lag.summary.p99 > Duration::ZERO;
    assert_eq!(bob.health(&strict).excesses().iter().any(lag), exceeds);
}

/// What a recorder has of a node.
fn value(handle: &PrometheusHandle, name: &str, node: &Node<Tags>) -> Option<f64> {
    let start = format!("{name}{{node=\"{}\"}} ", node.id().node());
    let text = handle.render();
    let line = text.lines().find_map(|line| line.strip_prefix(&*start))?;
    line.parse().ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_reads_that_a_voter_does_not_vote() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let alice = metrics::with_local_recorder(&recorder, || node(0xa4, []));
    eventually(|| value(&handle, "rejoin_healthy", &alice) == Some(1.0)).await;
    assert_eq!(value(&handle, "rejoin_not_voting", &alice), Some(0.0));
    let voters = [0xa4, 0xb4, 0xc4].map(NodeId::from_u128);
    let strict = QuorumConfig::default().with_strict(true);
    let _objects = alice.objects::<Single>(voters, strict).await.unwrap();
    eventually(|| value(&handle, "rejoin_not_voting", &alice) == Some(1.0)).await;
    eventually(|| value(&handle, "rejoin_healthy", &alice) == Some(0.0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_reads_what_the_node_measured() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let (alice, bob) = metrics::with_local_recorder(&recorder, || {
        let alice = node(0xa2, []);
        let bob = node(0xb2, [alice.local_addr().unwrap()]);
        (alice, bob)
    });
    alice.edit(|tags| tags.insert("red")).await.unwrap();
    eventually(|| has(&bob, "red")).await;
    let value = |name: &str, node: &Node<Tags>| value(&handle, name, node);
    eventually(|| value("rejoin_writes_total", &alice) == Some(1.0)).await;
    eventually(|| value("rejoin_peers", &alice) == Some(1.0)).await;
    eventually(|| value("rejoin_healthy", &bob) == Some(1.0)).await;
    eventually(|| value("rejoin_reads_total", &bob) > Some(0.0)).await;
    eventually(|| value("rejoin_merged_total", &bob) == Some(1.0)).await;
    eventually(|| value("rejoin_divergence_window_seconds", &alice) == Some(0.0)).await;
    assert!(value("rejoin_conflicts", &bob).unwrap().is_nan());
    assert_eq!(value("rejoin_write_seconds_count", &alice), Some(1.0));
    assert!(value("rejoin_read_seconds_count", &bob) > Some(0.0));
    let text = handle.render();
    assert!(text.contains("# HELP rejoin_lag_p99_seconds 99th percentile"), "{text}");
}

mod traced {
    use std::fmt::Debug;
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use rejoin_durable::Durable;
    use rejoin_observe::Limits;
    use tracing::field::{Field, Visit};
    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata, Subscriber};

    use crate::common::{Failing, Tags, config, eventually, local, node};

    /// Keeps every event as one line.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<String>>>);

    impl Lines {
        fn has(&self, parts: &[&str]) -> bool {
            let lines = self.0.lock().unwrap();
            lines.iter().any(|line| parts.iter().all(|part| line.contains(part)))
        }
    }

    impl Subscriber for Lines {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            metadata.target() == "rejoin"
        }

        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn event(&self, event: &Event<'_>) {
            let mut line = Line(event.metadata().level().to_string());
            event.record(&mut line);
            self.0.lock().unwrap().push(line.0);
        }

        fn enter(&self, _: &Id) {}

        fn exit(&self, _: &Id) {}
    }

    struct Line(String);

    impl Visit for Line {
        fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
            self.0 += &format!(" {}={value:?}", field.name());
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn whoever_traces_is_told_what_happens() {
        let lines = Lines::default();
        tracing::subscriber::set_global_default(lines.clone()).unwrap();
        let (storage, fails) = Failing::new(0xa3);
        let durable = Durable::<Tags, _>::open_as(storage, 0, config()).unwrap();
        let limits = Limits::default().with_divergence_window(Duration::ZERO);
        let mut local = local();
        local.node = local.node.with_limits(limits);
        let alice = crate::common::Socketed::start(durable, local);
        fails.set(true); // what cannot be written cannot be sent either
        let a = format!("replica={}", alice.id());
        assert!(alice.edit(|tags| tags.insert("red")).await.is_err());
        eventually(|| lines.has(&["ERROR", "commit failed", &a, "refused on demand"])).await;

        // Bob comes now, as a commit of his messages could be the first that fails.
        let bob = node(0xb3, [alice.local_addr().unwrap()]);
        let b = format!("peer={}", bob.id());
        eventually(|| lines.has(&["INFO", "peer connected", &a, &b])).await;
        eventually(|| lines.has(&["WARN", "not healthy", &a, "divergence window"])).await;
        fails.set(false);
        eventually(|| lines.has(&["INFO", "healthy again", &a])).await;

        bob.shutdown().await;
        eventually(|| lines.has(&["INFO", "peer disconnected", &a, &b])).await;
    }
}
