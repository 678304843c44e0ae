// Calls of the app: `handle` and `handleStream`, and the answers to it.

/** How long a call waits for a first handler on its channel, in milliseconds. */
const HANDLER_WAIT_MS = 5000;

/** How many calls may wait at the same time. */
const MAX_WAITING = 1024;

const answerers = new Map(); // channel → { type, handler }: the type of calls that it answers
const abandoned = new Set(); // channels whose handler was removed at some time

let answering = new Map(); // number → { pull, cancel } of a call that has not ended
const waiting = new Map(); // number → { channel, begin, startClock } of a call without a handler

// The time that a page takes to load is not the app's to guess.
let loaded = document.readyState === "complete";

const setLoaded = () => {
  loaded = true;
  mapForEach(waiting, ({ startClock }) => startClock());
};

const beginWaiting = (channel) => {
  mapForEach(waiting, (call) => {
    if (call.channel === channel) call.begin();
  });
};

/** The iterator of what a stream handler returned. */
const iteratorOf = (channel, iterable) => {
  const method = iterable?.[asyncIterator] ?? iterable?.[syncIterator];
  if (typeof method === "function") return apply(method, iterable, []);
  const message = "the stream handler must return an iterable, not " + shown(iterable);
  throw coded(TypeError, "handler-failed", message, channel);
};

/** Answers a call of the app with the type `type`, now or once its channel has a handler. */
const takeCall = (type, number, channel, payload) => {
  let isOpen = true;
  let timer;
  let controller;
  let handler;
  let iterator; // what a stream handler's chunks come from
  let next; // its method
  let credit = 0; // how many of them may be sent
  let advances = false; // whether `advance` is at it

  const close = () => {
    isOpen = false;
    clearTimeout(timer);
    mapDelete(answering, number);
    mapDelete(waiting, number);
  };
  const finish = (payload) => {
    close();
    enqueuePayload("result", callField(number), payload, channel, number);
  };
  const fail = (read) => {
    if (!isOpen) return;
    const fields = callField(number) + readErrorField(read);
    close();
    enqueue("error", fields);
  };
  const refuse = (code, message) => fail(readThrown(coded(Error, code, message, channel)));
  /** The handler has failed, unless it only passes on why its signal has aborted. */
  const failWith = (error) => {
    const read = readThrown(error);
    const signal = signalOf(controller);
    if (isOpen || !isAborted(signal) || error !== reasonOf(signal)) {
      reportAs("handler", () => ({
        __proto__: null, text: channel + ": " + wordsOf(read), place: placeOf(read.stack),
      }));
    }
    fail(read);
  };

  const closeIterator = () => {
    try {
      const method = iterator?.return;
      if (typeof method === "function") apply(method, iterator, []);
    } catch (error) {
      uncaught(error, "error");
    }
  };
  const cancel = (reason) => {
    close();
    if (controller !== undefined) abort(controller, reason);
    closeIterator();
  };

  const invoke = () => handler(payload, freeze({ signal: signalOf(controller) }));

  // Both await what the page made, and never a promise of this script, of which the page could
  // get hold. Their own promises are nobody's, and do not reject.
  const answer = async () => {
    try {
      const value = await invoke();
      if (isOpen) finish(encode(channel, value));
    } catch (error) {
      failWith(error);
    }
  };
  const advance = async () => {
    if (advances || handler === undefined || credit === 0) return;
    advances = true;
    try {
      if (iterator === undefined) {
        iterator = iteratorOf(channel, await invoke());
        next = iterator.next;
        if (!isOpen) closeIterator();
      }
      while (isOpen && credit > 0) {
        const step = await apply(next, iterator, []);
        if (!isOpen) break;
        if (Object(step) !== step) throw new TypeError("next() gave no object");
        if (step.done) {
          finish("null");
          break;
        }
        let payload;
        try {
          payload = encode(channel, await step.value);
        } catch (error) {
          if (isOpen) closeIterator(); // which does not know that it has failed
          throw error;
        }
        if (!isOpen) break;
        credit -= 1;
        enqueuePayload("chunk", callField(number), payload, channel, number);
      }
    } catch (error) {
      failWith(error);
    }
    advances = false;
  };

  const pull = (chunks) => {
    credit += chunks;
    advance();
  };
  const begin = () => {
    clearTimeout(timer);
    mapDelete(waiting, number);
    const answerer = mapGet(answerers, channel);
    if (answerer === undefined || answerer.type !== type) {
      refuse("no-handler", "the page has no " + type + ' handler for "' + channel + '"');
      return;
    }
    controller = new AbortController();
    ({ handler } = answerer);
    if (type === "request") answer();
    else advance();
  };
  const startClock = () => {
    timer = setTimeout(begin, HANDLER_WAIT_MS);
  };

  mapSet(answering, number, { __proto__: null, type, channel, pull, cancel });
  if (mapHas(answerers, channel) || setHas(abandoned, channel)) {
    beginWaiting(channel); // They came first.
    begin();
  } else if (mapSize(waiting) === MAX_WAITING) {
    refuse("queue-full", MAX_WAITING + " calls wait for a handler in the page already");
  } else {
    mapSet(waiting, number, { __proto__: null, channel, begin, startClock });
    if (loaded) startClock();
  }
};

const takePull = (number, chunks) => {
  const call = mapGet(answering, number);
  if (call !== undefined && call.type === "stream") call.pull(chunks);
};

/** Ends a call; `reason` is what its signal gives, or undefined for the usual one. */
const takeCancel = (number, reason) => {
  const call = mapGet(answering, number);
  if (call !== undefined) call.cancel(reason);
};

/** Ends all calls, for a new page. Runs code of the page: listeners of signals. */
const dropAnswers = () => {
  const dropped = answering;
  answering = new Map();
  mapForEach(dropped, ({ channel, cancel }) => cancel(pageGone(channel)));
};

const addAnswerer = (type, channel, handler) => {
  checkReserved(channel);
  checkReceive(channel);
  checkHandler(channel, handler);
  if (mapHas(answerers, channel)) {
    const message = 'the channel "' + channel + '" has a handler already';
    throw coded(Error, "handler-exists", message, channel);
  }
  const answerer = { __proto__: null, type, handler };
  mapSet(answerers, channel, answerer);
  // Not before the caller has what is returned.
  queueMicrotask(() => beginWaiting(channel));
  return freeze(() => {
    if (mapGet(answerers, channel) !== answerer) return;
    mapDelete(answerers, channel);
    setAdd(abandoned, channel);
  });
};

const handle = (channel, handler) => addAnswerer("request", channel, handler);

const handleStream = (channel, handler) => addAnswerer("stream", channel, handler);
