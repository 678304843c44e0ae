//! When a script has nothing left to do.
//!
//! A promise that waits for an unreferenced op, such as that which receives messages of windows,
//! keeps no script alive. deno_core ends its event loop by that rule, except while a module is
//! still being evaluated: then a top-level `for await` over such messages would wait for ever,
//! long after the last window is gone. So the rule is applied here, from deno_core's statistics.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use deno_core::error::CoreError;
use deno_core::stats::RuntimeActivityStatsFilter;
use deno_core::{JsRuntime, OpId, PollEventLoopOptions};

/// What is to happen now that a script has nothing left to do but wait for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Idle {
    /// Something was just done that gives the script more to do, such as closing the channel that
    /// it reads from. Return this only then: the question is asked again and again.
    Resume,
    /// Something outside may still give the script more to do. The question is asked again after
    /// the script has run once more.
    Wait,
    /// Nothing more can happen: the run ends.
    Finish,
}

/// Where the event loop stands after a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// There is more to do, or will be.
    Busy,
    /// Only background ops are pending, and modules that wait for them.
    Stalled,
    /// Only background ops are pending, and all modules are evaluated.
    Done,
}

/// Runs the event loop turn by turn.
pub(crate) struct EventLoop {
    activity: RuntimeActivityStatsFilter,
}

impl EventLoop {
    /// An event loop that `background_ops` do not keep alive.
    pub(crate) fn new(runtime: &JsRuntime, background_ops: &[&str]) -> Self {
        let activity = runtime
            .op_names()
            .iter()
            .enumerate()
            .filter(|(_, name)| background_ops.contains(name))
            .fold(
                RuntimeActivityStatsFilter::default()
                    .with_ops()
                    .with_timers(),
                |filter, (id, _)| filter.omit_op(id as OpId),
            );
        Self { activity }
    }

    /// Runs one turn. The task of `cx` is woken when another turn has something to do.
    pub(crate) fn poll(
        &self,
        runtime: &mut JsRuntime,
        cx: &mut Context<'_>,
    ) -> Result<Turn, CoreError> {
        let relay = Arc::new(Relay {
            woken: AtomicBool::new(false),
            task: cx.waker().clone(),
        });
        let waker = Waker::from(Arc::clone(&relay));
        let polled = runtime.poll_event_loop(
            &mut Context::from_waker(&waker),
            PollEventLoopOptions::default(),
        );
        match polled {
            Poll::Ready(Ok(())) => Ok(Turn::Done),
            Poll::Ready(Err(error)) => Err(error),
            // What is not visible in the statistics, such as a module on its way, has asked for
            // another turn by now, since modules are loaded at once.
            Poll::Pending if relay.woken.load(Ordering::Acquire) => Ok(Turn::Busy),
            Poll::Pending if self.has_activity(runtime) => Ok(Turn::Busy),
            Poll::Pending => Ok(Turn::Stalled),
        }
    }

    fn has_activity(&self, runtime: &JsRuntime) -> bool {
        let stats = runtime
            .runtime_activity_stats_factory()
            .capture(&self.activity);
        !stats.dump().active.is_empty()
    }
}

/// Passes a wake on, and remembers it.
struct Relay {
    woken: AtomicBool,
    task: Waker,
}

impl Wake for Relay {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.task.wake_by_ref();
    }
}
