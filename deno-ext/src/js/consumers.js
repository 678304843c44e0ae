// Generators and callbacks of host:ipc.

(function () {
  const { core } = __bootstrap;
  const errors = core.loadExtScript("ext:host_ipc/errors.js");
  const { codedError, shown } = errors;
  const { onAbort, subscribe } = core.loadExtScript("ext:host_ipc/callbacks.js")(errors);
  const { CAPACITY, Queue } = core.loadExtScript("ext:host_ipc/queue.js");
  const { createStream } = core.loadExtScript("ext:host_ipc/stream.js");
  const { checkWindowId, checkChannel, checkCallback, readOptions } = core.loadExtScript(
    "ext:host_ipc/checks.js",
  );
  const { createLosses } = core.loadExtScript("ext:host_ipc/losses.js");

  const OVERFLOWS = ["fail", "drop-oldest", "keep-latest"];

  function badPolicy(message) {
    return codedError(TypeError, "bad-policy", message);
  }

  /** Checks how a consumer's events wait. */
  function readPolicy({ capacity = CAPACITY, overflow = "fail" }) {
    if (!Number.isSafeInteger(capacity) || capacity < 1) {
      throw badPolicy(`option \`capacity\` must be a whole number from 1, not ${shown(capacity)}`);
    }
    if (overflow === "wait") {
      throw badPolicy('option `overflow` cannot be "wait": pages cannot be made to wait');
    }
    if (!OVERFLOWS.includes(overflow)) {
      const names = OVERFLOWS.map((name) => `"${name}"`).join(", ");
      throw badPolicy(`option \`overflow\` must be one of ${names}, not ${shown(overflow)}`);
    }
    return { capacity, overflow };
  }

  /** The consumers of the events of `createEvents`. */
  function createConsumers(events) {
    // What is asked for by a channel needs no `wants`.

    /** A generator of the events that are wanted; `about` are properties of its errors. */
    function generate(options, kind, value, wants, about) {
      const { signal, ...rest } = readOptions(options, ["capacity", "overflow", "signal"], about);
      const policy = readPolicy(rest);
      const what = `${policy.capacity} messages wait already`;
      const lose = createLosses("an event stream that nobody reads", what, about);
      let remove;
      let unwatch;
      const { stream, push, end, close } = createStream({
        queue: new Queue(policy),
        freed() {
          remove?.();
          unwatch?.();
        },
      });
      if (signal?.aborted) {
        close();
        return stream;
      }
      const deliver = (event) => {
        if (!push(event)) lose(1);
      };
      remove = events.add(kind, value, { wants, deliver, end });
      unwatch = onAbort(signal, close);
      return stream;
    }

    function windowEvents(options) {
      return generate(options, "all", "", () => true);
    }

    function windowEventsFor(windowId, options) {
      checkWindowId(windowId);
      const wants = (event) => event.windowId === windowId;
      return generate(options, "window", windowId, wants, { windowId });
    }

    function channelEvents(channel, options) {
      checkChannel(channel);
      return generate(options, "channel", channel, undefined, { channel });
    }

    function onEvent(callback, options) {
      checkCallback(callback);
      const where = "an onEvent callback";
      return subscribe(events, options, "all", "", () => true, where, callback);
    }

    function onChannel(channel, callback, options) {
      checkChannel(channel);
      checkCallback(callback);
      return subscribe(
        events,
        options,
        "channel",
        channel,
        undefined,
        `the callback of channel "${channel}"`,
        (event) => callback(event.payload, event.windowId),
      );
    }

    // Made by the first call, so that nothing is lost between two calls.
    let received;

    async function recvWindowEvent() {
      received ??= windowEvents();
      const { value, done } = await received.next();
      return done ? null : value;
    }

    return { windowEvents, windowEventsFor, channelEvents, onEvent, onChannel, recvWindowEvent };
  }

  return { createConsumers };
})();
