// Calls of this page: `request` and `stream` to the app, `sendTo` to another window.

/** How many chunks a stream's first `next` asks for. */
const FIRST_PULL = 16;

/** After how many consumed chunks a stream asks for as many more. */
const NEXT_PULL = 8;

let calls = new Map(); // number → what takes the frames of a call that has not ended
let lastCall = 0;

/**
 * Opens a call on `channel`; its first frame has `fields` and `payload`, as `encode` gave it. What
 * comes of it goes to `taker`: to `chunk(payload)`, and in the end to `result(payload)`,
 * `error(error)` or, when the page's signal or timeout ends it, `givenUp(reason)`. A signal that has
 * aborted opens no call.
 */
const openCall = (type, fields, payload, channel, { timeoutMs, signal }, taker) => {
  const { chunk, result, error, givenUp } = taker;
  if (signal !== undefined && isAborted(signal)) {
    givenUp(reasonOf(signal));
    return undefined;
  }
  lastCall += 1;
  const number = lastCall;

  let timer;
  const close = () => {
    mapDelete(calls, number);
    clearTimeout(timer);
    if (signal !== undefined) removeListener(signal, "abort", onAbort, false);
  };
  const cancel = () => {
    close();
    enqueue("cancel", callField(number));
  };
  const onAbort = () => {
    if (!isAborted(signal)) return; // an event of the page's making
    cancel();
    givenUp(reasonOf(signal));
  };
  const onTimeout = () => {
    cancel();
    const message = 'no answer on "' + channel + '" within ' + timeoutMs + " ms";
    givenUp(coded(Error, "timeout", message, channel));
  };

  mapSet(calls, number, {
    __proto__: null,
    channel,
    chunk,
    result(payload) {
      close();
      result(payload);
    },
    error(reason) {
      close();
      error(reason);
    },
  });
  if (signal !== undefined) addListener(signal, "abort", onAbort, false);
  if (timeoutMs !== undefined) timer = setTimeout(onTimeout, timeoutMs);
  enqueuePayload(type, callField(number) + fields, payload, channel, number);
  return { __proto__: null, number, cancel };
};

const takeChunk = (number, payload) => {
  const chunk = mapGet(calls, number)?.chunk;
  if (chunk !== undefined) chunk(payload);
};

const takeResult = (number, payload) => {
  const call = mapGet(calls, number);
  if (call !== undefined) call.result(payload);
};

const takeError = (number, told) => {
  const call = mapGet(calls, number);
  if (call !== undefined) call.error(errorFrom(told, call.channel));
};

/** Fails a call that bytes were lost of. */
const loseCall = (number) => {
  const call = mapGet(calls, number);
  if (call !== undefined) call.error(transferFailed(call.channel));
};

/** The same, and has the app stop. */
const loseChunk = (number) => {
  if (!mapHas(calls, number)) return;
  loseCall(number);
  enqueue("cancel", callField(number));
};

const pageGone = (channel) =>
  coded(Error, "page-gone", "the page was left before the call had ended", channel);

/** Ends all calls, and numbers anew, for a new page. */
const dropCalls = () => {
  const dropped = calls;
  calls = new Map();
  lastCall = 0;
  mapForEach(dropped, ({ channel, error }) => error(pageGone(channel)));
};

const request = (channel, payload, options) =>
  new Promise((result, reject) => {
    checkSend(channel);
    const limits = readOptions(channel, options, ["timeoutMs", "signal"]);
    const encoded = encode(channel, payload);
    const taker = { __proto__: null, result, error: reject, givenUp: reject };
    openCall("request", channelField(channel), encoded, channel, limits, taker);
  });

const sendTo = (windowId, channel, payload) =>
  new Promise((resolve, reject) => {
    checkSend(channel);
    checkWindowId(channel, windowId);
    const fields = ',"window":' + stringify(windowId) + channelField(channel);
    const encoded = encode(channel, payload);
    const taker = { __proto__: null, result: () => resolve(), error: reject };
    openCall("sendTo", fields, encoded, channel, { __proto__: null }, taker);
  });

// Without a prototype, so that no `then` is looked up when a promise resolves to it.
const iteratorResult = (value, done) => ({ __proto__: null, value, done });

const stream = (channel, payload, options) => {
  checkSend(channel);
  const { signal } = readOptions(channel, options, ["signal"]);
  const encoded = encode(channel, payload);

  const readers = newQueue(); // `next` calls that wait
  let chunks = newQueue(); // chunks that wait
  let consumed = 0;
  let pulled = false;
  let ended = false;
  let failure; // { error }, until a reader has had it

  const pull = (chunks) => enqueue("pull", callField(call.number) + ',"count":' + chunks);
  const serve = () => {
    while (!readers.isEmpty()) {
      if (!chunks.isEmpty()) {
        readers.shift().resolve(iteratorResult(chunks.shift(), false));
        consumed += 1;
        if (!ended && consumed % NEXT_PULL === 0) pull(NEXT_PULL);
      } else if (failure !== undefined) {
        readers.shift().reject(failure.error);
        failure = undefined;
      } else if (ended) {
        readers.shift().resolve(iteratorResult(undefined, true));
      } else {
        return;
      }
    }
  };
  const end = () => {
    ended = true;
    serve();
  };
  const fail = (error) => {
    failure = { __proto__: null, error };
    end();
  };

  const taker = {
    __proto__: null,
    chunk(payload) {
      chunks.push(payload);
      serve();
    },
    result: end,
    error: fail,
    givenUp(reason) {
      chunks = newQueue();
      fail(reason);
    },
  };
  const limits = { __proto__: null, signal };
  const call = openCall("stream", channelField(channel), encoded, channel, limits, taker);

  const iterator = freeze({
    next: freeze(() =>
      new Promise((resolve, reject) => {
        readers.push({ __proto__: null, resolve, reject });
        if (!pulled && !ended) pull(FIRST_PULL);
        pulled = true;
        serve();
      })
    ),
    return: freeze((value) =>
      new Promise((resolve) => {
        if (!ended) call.cancel();
        chunks = newQueue();
        failure = undefined;
        end();
        resolve(iteratorResult(value, true));
      })
    ),
    [asyncIterator]: freeze(() => iterator),
  });
  return iterator;
};
