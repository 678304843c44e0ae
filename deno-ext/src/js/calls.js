// Calls of the app: `request` and `stream` to a page.

(function () {
  const { core } = __bootstrap;
  const { op_ipc_open, op_ipc_open_bytes, op_ipc_pull, op_ipc_cancel } = core.ops;
  const errors = core.loadExtScript("ext:host_ipc/errors.js");
  const { codedError } = errors;
  const { createStream } = core.loadExtScript("ext:host_ipc/stream.js");
  const { checkWindowId, checkChannel, readOptions } = core.loadExtScript(
    "ext:host_ipc/checks.js",
  );
  const { encode, isJson } = core.loadExtScript("ext:host_ipc/payloads.js");
  const { limit, keepAlive } = core.loadExtScript("ext:host_ipc/waits.js");
  const { outcomeOf } = core.loadExtScript("ext:host_ipc/outcomes.js")(errors);

  /** How many chunks a stream's first `next` asks for. */
  const FIRST_PULL = 16;

  /** After how many consumed chunks a stream asks for as many more. */
  const NEXT_PULL = 8;

  /** By number, what takes the steps of a call that has not ended. */
  const calls = new Map();
  let isGone = false;

  /** What failed a call, from the step that tells of it. */
  function errorFrom({ name, message, code, stack }, about) {
    const error = codedError(Error, code, message, about);
    const define = (property, value) =>
      Object.defineProperty(error, property, { value, configurable: true, writable: true });
    define("name", name);
    if (stack !== undefined) define("stack", stack);
    return error;
  }

  function hostGone(about) {
    return codedError(Error, "host-gone", "the app is ending", about);
  }

  /**
   * Opens a call of the type `type`. What comes of it goes to `taker`: to `chunk(payload)`, and in
   * the end to `result(payload)`, `error(error)` or, when the signal or the timeout ends it,
   * `givenUp(reason)`. A signal that has aborted opens no call.
   */
  function openCall(type, about, payload, { timeoutMs, signal }, taker) {
    const { windowId, channel } = about;
    const encoded = encode(payload, about);
    if (signal?.aborted) {
      taker.givenUp(signal.reason);
      return undefined;
    }
    if (isGone) throw hostGone(about);
    const isStream = type === "stream";
    const number = isJson(encoded)
      ? op_ipc_open(windowId, channel, encoded, isStream)
      : op_ipc_open_bytes(windowId, channel, encoded, isStream);

    const letGo = keepAlive();
    const close = () => {
      calls.delete(number);
      stop();
      letGo();
    };
    const cancel = () => {
      close();
      op_ipc_cancel(windowId, number);
    };
    const timeout = () => {
      const message = `no answer from window "${windowId}" on "${channel}" within ${timeoutMs} ms`;
      return codedError(Error, "timeout", message, about);
    };
    const stop = limit({ timeoutMs, signal }, timeout, (reason) => {
      cancel();
      taker.givenUp(reason);
    });
    calls.set(number, {
      about,
      chunk: taker.chunk,
      result(payload) {
        close();
        taker.result(payload);
      },
      error(error) {
        close();
        taker.error(error);
      },
    });
    return { cancel, pull: (count) => op_ipc_pull(windowId, number, count) };
  }

  function takeChunk({ call, payload }) {
    calls.get(call)?.chunk?.(payload);
  }

  function takeResult({ call, payload }) {
    calls.get(call)?.result(payload);
  }

  function takeError({ call, error }) {
    const taker = calls.get(call);
    taker?.error(errorFrom(error, taker.about));
  }

  /** No answer will come any more. */
  function endCalls() {
    isGone = true;
    for (const { about, error } of [...calls.values()]) error(hostGone(about));
  }

  function checkTarget(windowId, channel) {
    checkWindowId(windowId);
    checkChannel(channel);
    return { windowId, channel };
  }

  function request(windowId, channel, payload, options) {
    return outcomeOf(
      new Promise((result, reject) => {
        const about = checkTarget(windowId, channel);
        const limits = readOptions(options, ["timeoutMs", "signal"], about);
        const taker = { result, error: reject, givenUp: reject };
        openCall("request", about, payload, limits, taker);
      }),
    );
  }

  function stream(windowId, channel, payload, options) {
    const about = checkTarget(windowId, channel);
    const { signal } = readOptions(options, ["signal"], about);
    let isOpen = true;
    let isAsked = false;
    let consumed = 0;
    const close = () => {
      isOpen = false;
    };
    const { stream, push, end, fail, abort } = createStream({
      queue: [],
      asked() {
        if (isOpen && !isAsked) call.pull(FIRST_PULL);
        isAsked = true;
      },
      taken() {
        consumed += 1;
        if (isOpen && consumed % NEXT_PULL === 0) call.pull(NEXT_PULL);
      },
      freed() {
        if (isOpen) call.cancel();
        close();
      },
    });
    const call = openCall("stream", about, payload, { signal }, {
      chunk: push,
      result() {
        close();
        end();
      },
      error(error) {
        close();
        fail(error);
      },
      givenUp(reason) {
        close();
        abort(reason);
      },
    });
    return stream;
  }

  return { request, stream, takeChunk, takeResult, takeError, endCalls };
})();
