//! What members see of a voter, and what they say of it when they greet.

use rejoin_quorum::{Mismatch, NotVoting, QuorumConfig, Quorums, Standing, Voters};
use rejoin_store::{Config, Replica, ReplicaId};

use crate::members::{Set, at, id};
use crate::runs::settle;

/// A node that declares the voters 1, 2 and 3.
struct Member {
    replica: Replica<Set>,
    quorums: Quorums<Set>,
}

impl Member {
    /// A run of a node, from what an earlier one has remembered.
    fn start(node: u128, run: u64, disk: &[(String, u64, Vec<u8>)]) -> Self {
        let mut replica = Replica::<Set>::new(id(node).run(run), Config::default());
        for (name, version, note) in disk {
            replica.set_note(name, *version, note.clone());
        }
        let voters = Voters::declare([1, 2, 3].map(id)).unwrap();
        let quorums = Quorums::new(&replica, voters, QuorumConfig::default()).unwrap();
        let mut member = Self { replica, quorums };
        member.commit();
        member
    }

    fn commit(&mut self) {
        settle(&mut self.quorums, &mut self.replica);
    }

    /// Commits so often.
    fn work(&mut self, commits: u64) {
        for element in 0..commits {
            self.replica.stage(|set| set.insert(element)).unwrap();
            self.commit();
        }
    }

    fn disk(&self) -> Vec<(String, u64, Vec<u8>)> {
        let notes = ["vote", "voters", "voters-seen"].into_iter();
        let note = |name: &str| {
            let (version, note) = self.replica.note(name)?;
            Some((name.to_owned(), version, note.to_vec()))
        };
        notes.filter_map(note).collect()
    }

    fn run(&self) -> ReplicaId {
        self.replica.id()
    }

    fn hears(&mut self, peer: ReplicaId, standing: &Standing) -> Result<(), Mismatch> {
        let greeted = self.quorums.greeted(at(0), peer, standing, |_| true);
        self.commit();
        greeted
    }
}

/// Both say what they have to say, and then hear it.
fn greet(one: &mut Member, other: &mut Member) {
    let told = [one.quorums.standing(), other.quorums.standing()];
    one.hears(other.run(), &told[1]).unwrap();
    other.hears(one.run(), &told[0]).unwrap();
}

/// Hands on what one has to say to the other.
fn send(from: &mut Member, to: &mut Member) {
    while let Some(transmit) = from.quorums.poll_transmit(&from.replica) {
        to.quorums.handle(at(0), from.run(), &transmit.payload, &mut to.replica).unwrap();
        to.commit();
    }
}

/// A voter with some commits, and a copy of its disk that lacks the last ones.
fn voter_and_backup() -> (Member, Vec<(String, u64, Vec<u8>)>) {
    let mut voter = Member::start(1, 1, &[]);
    voter.work(5);
    let backup = voter.disk();
    voter.work(5);
    (voter, backup)
}

/// It has counted more commits meanwhile than the earlier run, among peers that have seen less.
#[test]
fn a_restored_voter_that_has_gone_on_is_found_by_the_peer_that_has_seen_more() {
    let (mut voter, backup) = voter_and_backup();
    let [mut knows, mut forgets] = [2, 3].map(|node| Member::start(node, 1, &[]));
    greet(&mut knows, &mut voter);

    let mut restored = Member::start(1, 2, &backup);
    greet(&mut forgets, &mut restored);
    restored.work(20);
    let standing = restored.quorums.standing();
    forgets.hears(restored.run(), &standing).unwrap();
    greet(&mut knows, &mut forgets);
    assert_eq!(restored.quorums.not_voting(), None);
    // Also if its next run is the first one that the peer hears of itself.
    let mut again = Member::start(1, 3, &restored.disk());
    again.hears(knows.run(), &knows.quorums.standing()).unwrap();
    let behind = NotVoting::Behind { peer: knows.run() };
    assert_eq!(again.quorums.not_voting(), Some(behind));
}

/// The peer has known nothing when it was greeted.
#[test]
fn a_voter_greets_again_when_a_peer_has_heard_that_more_was_seen_of_it() {
    let (mut voter, backup) = voter_and_backup();
    let [mut knows, mut hears] = [2, 3].map(|node| Member::start(node, 1, &[]));
    greet(&mut knows, &mut voter);
    let mut restored = Member::start(1, 2, &backup);
    let told = hears.quorums.standing();
    greet(&mut hears, &mut restored);
    assert_eq!(hears.quorums.poll_refused(), None);
    greet(&mut hears, &mut knows);
    assert_eq!(hears.quorums.poll_refused(), Some((restored.run(), None)));
    // Once: it is not let go again for more of the same.
    voter.work(3);
    let standing = voter.quorums.standing();
    knows.hears(voter.run(), &standing).unwrap();
    greet(&mut hears, &mut knows);
    assert_eq!(hears.quorums.poll_refused(), None);
    // And likewise if that comes between its greeting and the voter's.
    let (now, theirs) = (hears.quorums.standing(), restored.quorums.standing());
    assert!(told.is_outdated(&now, restored.run(), &theirs));
    assert!(!now.is_outdated(&now, restored.run(), &theirs));
    greet(&mut hears, &mut restored);
    let behind = NotVoting::Behind { peer: hears.run() };
    assert_eq!(restored.quorums.not_voting(), Some(behind));
}

/// As a machine does that is taken back to a snapshot of it.
#[test]
fn a_run_that_has_forgotten_what_it_has_said_itself_does_not_vote() {
    let (mut voter, backup) = voter_and_backup();
    let mut peer = Member::start(2, 1, &[]);
    greet(&mut peer, &mut voter);
    let mut back = Member::start(1, 1, &backup);
    greet(&mut peer, &mut back);
    assert_eq!(back.quorums.not_voting(), Some(NotVoting::Behind { peer: peer.run() }));
}

/// What is known of a voter is never more than what it knows itself, however often it restarts.
#[test]
fn a_voter_on_its_own_disk_goes_on() {
    let mut peers = [2, 3].map(|node| Member::start(node, 1, &[]));
    let mut disk = Vec::new();
    for run in 1..10 {
        let mut voter = Member::start(1, run, &disk);
        for peer in &mut peers {
            greet(peer, &mut voter);
            voter.work(run);
        }
        let [one, other] = &mut peers;
        greet(one, other);
        assert_eq!(voter.quorums.not_voting(), None, "run {run}");
        disk = voter.disk();
    }
}

/// The recorder has heard of it only after it has greeted the voter.
#[test]
fn a_voter_that_enrols_learns_what_its_recorders_have_seen() {
    let [mut enrols, mut records] = [3, 2].map(|node| Member::start(node, 1, &[]));
    greet(&mut enrols, &mut records);
    let (mut voter, backup) = voter_and_backup();
    greet(&mut records, &mut voter);
    let knows = |member: &Member| {
        let mut restored = Member::start(1, 2, &backup);
        restored.hears(member.run(), &member.quorums.standing()).unwrap();
        restored.quorums.not_voting().is_some()
    };
    assert!(knows(&records) && !knows(&enrols));

    Standing::mark_restored(&mut enrols.replica).unwrap();
    let mut enrols = Member::start(3, 2, &enrols.disk());
    enrols.replica.connected(at(0), records.run());
    records.replica.connected(at(0), enrols.run());
    enrols.commit();
    send(&mut enrols, &mut records);
    send(&mut records, &mut enrols);
    assert!(knows(&enrols));
}

/// The id of a run says nothing: the later one may have the smaller.
#[test]
fn a_voter_that_comes_back_at_once_is_welcome_under_a_smaller_run_id() {
    let mut peer = Member::start(2, 1, &[]);
    let mut voter = Member::start(1, 9, &[]);
    greet(&mut peer, &mut voter);
    voter.work(3);
    let mut again = Member::start(1, 3, &voter.disk());
    greet(&mut peer, &mut again);
    assert_eq!(peer.quorums.poll_refused(), Some((voter.run(), None)));
    assert_eq!(again.quorums.not_voting(), None);
    // What was on its way from the run before is refused, and does no harm.
    let late = voter.quorums.standing();
    assert!(matches!(peer.hears(voter.run(), &late), Err(Mismatch::TwoRuns { .. })));
    assert_eq!(peer.quorums.poll_refused(), None);
}

#[test]
fn two_live_runs_of_a_voter_are_refused_and_hear_of_each_other() {
    let (mut voter, backup) = voter_and_backup();
    let mut peer = Member::start(2, 1, &[]);
    greet(&mut peer, &mut voter);
    let mut copy = Member::start(1, 2, &backup);
    copy.work(1);
    let standing = copy.quorums.standing();
    assert!(matches!(peer.hears(copy.run(), &standing), Err(Mismatch::TwoRuns { .. })));
    let (run, mismatch) = peer.quorums.poll_refused().unwrap();
    assert_eq!(run, voter.run());
    assert!(matches!(mismatch, Some(Mismatch::TwoRuns { .. })));
    for run in [&mut voter, &mut copy] {
        let standing = run.quorums.standing();
        assert!(matches!(peer.hears(run.run(), &standing), Err(Mismatch::TwoRuns { .. })));
        run.hears(peer.run(), &peer.quorums.standing()).unwrap();
        assert!(matches!(run.quorums.not_voting(), Some(NotVoting::TwoRuns { .. })));
    }
}
