//! What policies cost: to set many, and to send beside many.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use ipc_protocol::{Channel, Limits, Payload, Policy, WindowId, WindowSpec};
use ipc_router::{Lane, Router};

/// How many policies there are: half of them of one channel, half of a prefix.
const POLICIES: [usize; 2] = [10, 20_000];

fn main() {
    divan::main();
}

fn configure(router: &Router, policies: usize) {
    for n in 0..policies {
        let pattern = match n % 2 {
            0 => format!("exact:{n}"),
            _ => format!("prefix:{n}:*"),
        };
        let set = router.configure(&pattern, Policy::default());
        set.expect("a pattern");
    }
}

/// Sets so many policies of a new router.
#[divan::bench(args = POLICIES, sample_count = 3, sample_size = 1)]
fn set(bencher: Bencher<'_, '_>, policies: usize) {
    bencher
        .counter(ItemsCount::new(policies))
        .with_inputs(|| Router::new(Limits::default()))
        .bench_local_refs(|(router, _)| configure(router, policies));
}

/// One message to a page that takes it, on a channel with a policy of its own.
#[divan::bench(args = POLICIES)]
fn send_on_a_channel_of_its_own(bencher: Bencher<'_, '_>, policies: usize) {
    send(bencher, policies, &format!("exact:{}", policies - 2));
}

/// The same on a channel that one of the prefixes covers.
#[divan::bench(args = POLICIES)]
fn send_below_a_prefix(bencher: Bencher<'_, '_>, policies: usize) {
    send(bencher, policies, &format!("prefix:{}:x", policies - 1));
}

/// The same on a channel that has no policy.
#[divan::bench(args = POLICIES)]
fn send_without_a_policy(bencher: Bencher<'_, '_>, policies: usize) {
    send(bencher, policies, "other");
}

fn send(bencher: Bencher<'_, '_>, policies: usize, channel: &str) {
    let channel = Channel::new(channel).expect("a name");
    let (router, port) = Router::new(Limits::default());
    configure(&router, policies);
    let id = router.open(WindowSpec::default(), |_| {});
    let id: WindowId = id.expect("a window");
    port.opened(&id);
    let lane: Lane = port.lane(&id).expect("an open window");
    lane.arrive();
    lane.listen(&channel).expect("room for a channel");
    let payload = Payload::null();
    bencher.bench_local(|| {
        router
            .send(&id, &channel, black_box(&payload))
            .expect("room");
        let batch = lane.take(usize::MAX).expect("the message");
        assert!(lane.ack(batch.seq));
    });
}
