// The module host:ipc.

(function () {
  const { core } = __bootstrap;
  const {
    op_ipc_listen,
    op_ipc_unlisten,
    op_ipc_wait,
    op_ipc_take,
    op_ipc_take_bytes,
    op_ipc_dropped,
    op_ipc_stats,
    op_ipc_watch_unheard,
  } = core.ops;
  const { createEvents } = core.loadExtScript("ext:host_ipc/events.js");
  const { createConsumers } = core.loadExtScript("ext:host_ipc/consumers.js");
  const { onError, createLosses } = core.loadExtScript("ext:host_ipc/losses.js");
  const { sendToWindow, broadcast, configureChannel } = core.loadExtScript(
    "ext:host_ipc/sending.js",
  );
  const { request, stream, takeChunk, takeResult, takeError, endCalls } = core.loadExtScript(
    "ext:host_ipc/calls.js",
  );
  const { handle, handleStream, takeCall, takePull, takeCancel, endAnswers } = core.loadExtScript(
    "ext:host_ipc/answers.js",
  );

  const STEPS = {
    request: takeCall,
    stream: takeCall,
    pull: takePull,
    cancel: takeCancel,
    chunk: takeChunk,
    result: takeResult,
    error: takeError,
  };

  const lose = createLosses("the events of all windows", "too much waits for the script");
  let dropped = 0;

  /** Takes a batch, and tells of what did not find room in Rust. */
  function take() {
    const batch = op_ipc_take();
    const before = dropped;
    dropped = op_ipc_dropped();
    if (dropped > before) lose(dropped - before);
    return batch;
  }

  const events = createEvents({
    wait: op_ipc_wait,
    take,
    takeBytes: op_ipc_take_bytes,
    listen: op_ipc_listen,
    unlisten: op_ipc_unlisten,
    takeStep: (event) => STEPS[event.step](event),
  });

  // From the first import on, so that a page hears when nobody handles its call.
  const stopCalls = events.add("calls", "", {
    wants: () => false,
    deliver() {},
    end() {
      stopCalls();
      endCalls();
      endAnswers();
    },
  });

  // It goes on as long as the script does, and is no reason for that.
  core.unrefOpPromise(op_ipc_watch_unheard());

  return {
    ...createConsumers(events),
    onError,
    sendToWindow,
    broadcast,
    configureChannel,
    request,
    stream,
    handle,
    handleStream,
    ipcStats: () => op_ipc_stats(),
  };
})();
