//! Peers that send what no node would: only their own connection ends.

use bytes::Bytes;
use futures_util::SinkExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::codec::{FramedWrite, LengthDelimitedCodec};

use crate::common::{MAX_MESSAGE, Tags, eventually, has, node};
use rejoin_durable::Shape;
use rejoin_node::Node;

/// Frames as raw bytes.
async fn frames<const N: usize>(frames: [&[u8]; N]) -> Vec<u8> {
    let codec = LengthDelimitedCodec::builder().max_frame_length(1 << 24).new_codec();
    let mut writer = FramedWrite::new(Vec::new(), codec);
    for frame in frames {
        writer.send(Bytes::copy_from_slice(frame)).await.unwrap();
    }
    writer.into_inner()
}

/// The shortest greeting there is.
fn hello(id: u8) -> Vec<u8> {
    let mut hello = b"rejoin/\x02".to_vec();
    let mut run = [0; 16];
    run[15] = id;
    let shape = Shape::of::<Tags>().encode();
    let entries: [(&[u8], &[u8]); 6] = [
        (b"data-set", b"tests"),
        (b"epoch", &[0; 8]),
        (b"node", &run),
        (b"protocol", &[2, 2]),
        (b"run", &run),
        (b"shape", &shape),
    ];
    for (name, content) in entries {
        hello.push(u8::try_from(name.len()).unwrap());
        hello.extend_from_slice(name);
        hello.extend_from_slice(&u32::try_from(content.len()).unwrap().to_le_bytes());
        hello.extend_from_slice(content);
    }
    hello
}

/// Sends these bytes from a socket of its own, and asserts that the node closes it, says why, and
/// goes on with its good peer.
async fn check(bytes: &[u8], error: &str) {
    let one = node(1, []);
    let good = node(2, [one.local_addr().unwrap()]);
    eventually(|| one.stats().connected == 1).await;

    let mut hostile = TcpStream::connect(one.local_addr().unwrap()).await.unwrap();
    hostile.write_all(bytes).await.unwrap();
    // It ends, in order or by a reset. Before that, the node's greeting and first sync may come.
    let _ = hostile.read_to_end(&mut Vec::new()).await;
    eventually(|| one.stats().refused == 1).await;
    assert_eq!(one.last_error().unwrap().to_string(), error);

    eventually(|| one.stats().connected == 1).await;
    goes_on(&one, &good).await;
    assert_eq!(good.stats().refused, 0);
}

async fn goes_on(one: &Node<Tags>, good: &Node<Tags>) {
    one.edit(|tags| tags.insert("from one")).await.unwrap();
    good.edit(|tags| tags.insert("from good")).await.unwrap();
    eventually(|| has(good, "from one") && has(one, "from good")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_no_frames() {
    check(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "the peer is not a rejoin node").await;
    check(&[0xff; 100], "the peer is not a rejoin node").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_that_are_no_greeting() {
    check(&frames([b"hello"]).await, "the peer is not a rejoin node").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_version() {
    let mut hello = hello(9);
    hello[7] = 77;
    let error = "the peer greets in format 77, and this node in format 2";
    check(&frames([&hello]).await, error).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_id() {
    check(&frames([&hello(1)]).await, "two replicas share one id").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_that_is_too_long() {
    let long = frames([&hello(9), &vec![0; MAX_MESSAGE + 2]]).await;
    check(&long, "the peer sent a frame that is too long").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_in_good_frames() {
    let error = "the peer sent a message that was refused";
    check(&frames([&hello(9), b"\0garbage"]).await, error).await;
    check(&frames([&hello(9), b"", b"\0\x01\0\0\0\0\0"]).await, error).await; // after a keep-alive
    let error = "the peer sent a frame that cannot be read";
    check(&frames([&hello(9), b"garbage"]).await, error).await;
    check(&frames([&hello(9), b"\x01garbage"]).await, error).await; // which cannot be inflated
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_only_listens_does_not_matter() {
    let one = node(1, []);
    let address = one.local_addr().unwrap();
    let mut silent = TcpStream::connect(address).await.unwrap();
    silent.write_all(&frames([&hello(9)]).await).await.unwrap(); // and never reads
    let good = node(2, [address]);
    for round in 0..200 {
        let tag = format!("{round} {}", "x".repeat(10_000));
        one.edit(move |tags| tags.insert(tag)).await.unwrap();
        one.edit(|tags| {
            tags.clear();
        })
        .await
        .unwrap();
    }
    goes_on(&one, &good).await;
}
