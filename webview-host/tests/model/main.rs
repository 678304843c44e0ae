//! The whole chain: the router, the host and the preload script in pages, against plain lists.
//! What is sent is JSON or bytes, in every kind of frame.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod lists;
mod payloads;
mod realm;
mod world;

use ipc_protocol::Overflow;
use proptest::prelude::*;

use crate::world::World;

/// One of the windows `w0`, `w1` and `w2`, of which the first two are open at first.
type Win = usize;

/// The channels to pages are `a`, `b` and `s`; only `s` is sticky. Only pages send on `r`.
type Chan = char;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Tell {
    Nobody,
    Accepted,
    Received,
}

/// What a handler does with a message, as page.js has it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Plain,
    /// Sends something at once.
    Echo,
    /// Sends something in a microtask, which is of the same turn.
    Late,
    /// Sends something some microtasks after that.
    Later,
    Throws,
    /// Adds the plain handler.
    More,
    /// Removes it.
    Less,
}

/// What becomes of what a page posted and the host has not seen when it is replaced.
#[derive(Clone, Copy, Debug)]
enum Posts {
    Before,
    Lost,
    /// After the greeting of the new page.
    After,
}

#[derive(Clone, Copy, Debug)]
enum How {
    Asked,
    ByUser,
    Died,
}

/// What becomes of the bytes that a page asks for.
#[derive(Clone, Copy, Debug)]
enum Bytes {
    Come,
    Late,
    /// They come after so many requests that broke off, or are lost.
    BreakOff(usize),
}

/// What happens. Numbers without a name: of a stream, what the consumer takes; of a call of the
/// app, how the page answers (at once, with an error, later); else which of those there are.
#[derive(Clone, Debug)]
enum Do {
    /// Overflow, messages, bytes.
    Configure(Chan, Overflow, usize, usize),
    Send(Win, Chan, Tell),
    Broadcast(Chan),
    On(Win, Chan, Kind),
    Once(Win, Chan, Kind),
    Off(Win, Chan, Kind),
    PageSends(Win),
    PageSendsTo(Win, Win, Chan),
    PageAsks(Win),
    PageReads(Win, usize),
    PageAborts(Win),
    Handle(Win),
    Unhandle(Win),
    Settle(Win),
    PassTime(Win),
    Request(Win, usize),
    Stream(Win, usize),
    Pull(usize, usize),
    Cancel(usize),
    /// The app answers a call that it has let wait.
    Answer(usize),
    Pump,
    /// The page runs so many scripts.
    Run(Win, usize),
    /// The host sees so many posts.
    See(Win, usize),
    /// A page gets some of the bytes that it asks for.
    Arrive(usize),
    /// A request for them breaks off, so many times; the next one is made at once or later.
    BreakOff(usize, usize, bool),
    /// All of it.
    Turn(Win, Bytes),
    Reload(Win, Posts),
    AskReload(Win),
    /// The page goes to the cache and comes back.
    Return(Win),
    EvalFails,
    /// The page's process ends.
    Crash(Win, Posts),
    /// The host sees one of the posts again that it has seen.
    Again(Win, usize),
    /// The host sees the second of two posts first.
    Swap(Win),
    Close(Win, How),
    Open(Win),
    DrainSlow,
}

/// One of the steps. Made of plain numbers, since a choice of strategies costs more than all else
/// here; they shrink towards sends on `a`.
fn step() -> impl Strategy<Value = Do> {
    let numbers = (0u8..182, 0usize..8, 0usize..3, 0usize..60);
    numbers.prop_map(|(kind, window, name, any)| {
        let window = [0, 0, 0, 0, 0, 1, 1, 2][window];
        let name = ['a', 'b', 's'][name];
        let handler = {
            use Kind::{Echo, Late, Later, Less, More, Plain, Throws};
            [
                Plain, Echo, Echo, Late, Late, Later, Throws, More, Less, Echo,
            ][any % 10]
        };
        match kind {
            0..28 => {
                let tell = [Tell::Nobody, Tell::Accepted, Tell::Received][any % 3];
                Do::Send(window, name, tell)
            }
            28..34 => Do::Broadcast(name),
            34..44 => Do::On(window, name, handler),
            44..47 => Do::Once(window, name, handler),
            47..50 => Do::Off(window, name, handler),
            50..56 => Do::PageSends(window),
            56..60 => Do::PageSendsTo(window, any % 3, ['a', 'b'][any % 2]),
            60..65 => Do::PageAsks(window),
            65..69 => Do::PageReads(window, any % 12),
            69..71 => Do::PageAborts(window),
            71..74 => Do::Handle(window),
            74 => Do::Unhandle(window),
            75..78 => Do::Settle(window),
            78 => Do::PassTime(window),
            79..84 => Do::Request(window, any % 3),
            84..88 => Do::Stream(window, any % 3),
            88..91 => Do::Pull(any, 1 + any % 3),
            91..94 => Do::Cancel(any),
            94..97 => Do::Answer(any),
            97..105 => Do::Pump,
            105..112 => Do::Run(window, 1 + any % 2),
            112..119 => Do::See(window, 1 + any % 2),
            119..130 => {
                let bytes = [Bytes::Come, Bytes::Late, Bytes::BreakOff(1 + any / 12)];
                Do::Turn(window, bytes[any % 5 / 2])
            }
            130..135 => {
                let posts = [Posts::Before, Posts::Lost, Posts::After][any % 3];
                Do::Reload(window, posts)
            }
            135..137 => Do::AskReload(window),
            137..139 => Do::Return(window),
            139..141 => Do::EvalFails,
            141 => Do::Close(window, [How::Asked, How::ByUser, How::Died][any % 3]),
            142..144 => Do::Open(window),
            144..147 => {
                use Overflow::{DropOldest, Fail, KeepLatest, Wait};
                let overflow = [Wait, DropOldest, KeepLatest, Fail][any % 4];
                Do::Configure(name, overflow, 1 + any % 5, 3 + any)
            }
            147..150 => Do::DrainSlow,
            150..160 => Do::Arrive(any),
            160..163 => Do::Crash(window, [Posts::Before, Posts::Lost, Posts::After][any % 3]),
            163..168 => Do::Again(window, any),
            168..170 => Do::Swap(window),
            _ => Do::BreakOff(any, 1 + (any / 4).saturating_sub(10), any % 4 < 3),
        }
    })
}

/// Steps, which a failed case shows one a line.
#[derive(Clone)]
struct Steps(Vec<Do>);

impl std::fmt::Debug for Steps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|step| write!(f, "\n  {step:?}"))
    }
}

fn steps() -> impl Strategy<Value = Steps> {
    prop::collection::vec(step(), 0..120).prop_map(Steps)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn everything_is_accounted_for_exactly_once(Steps(steps) in steps()) {
        let mut world = World::new();
        for step in steps {
            world.run(step);
        }
        world.finish();
    }
}
