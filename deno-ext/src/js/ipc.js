// The module host:ipc.

(function () {
  const { core } = __bootstrap;
  const {
    op_ipc_send,
    op_ipc_broadcast,
    op_ipc_listen,
    op_ipc_unlisten,
    op_ipc_recv,
  } = core.ops;
  const { createEvents } = core.loadExtScript("ext:host_ipc/events.js");

  const events = createEvents({
    recv: op_ipc_recv,
    listen: op_ipc_listen,
    unlisten: op_ipc_unlisten,
  });

  function codedError(code, message, properties) {
    return Object.assign(new TypeError(message), { code, ...properties });
  }

  function checkString(value, code, name) {
    if (typeof value !== "string") {
      throw codedError(code, `${name} must be a string, not ${typeof value}`);
    }
  }

  function checkFunction(value) {
    if (typeof value !== "function") {
      throw codedError("bad-handler", `the callback must be a function, not ${typeof value}`);
    }
  }

  /** The JSON text of a payload. */
  function encode(payload, properties) {
    if (payload === undefined) return "null";
    let json;
    let cause;
    try {
      json = JSON.stringify(payload);
    } catch (error) {
      cause = error;
    }
    if (json === undefined) {
      const why = cause === undefined ? `a ${typeof payload} has no JSON form` : String(cause);
      const error = codedError("bad-payload", `the payload cannot be sent: ${why}`, properties);
      if (cause !== undefined) error.cause = cause;
      throw error;
    }
    return json;
  }

  async function sendToWindow(windowId, channel, payload) {
    checkString(windowId, "bad-window-id", "the window id");
    checkString(channel, "bad-channel", "the channel");
    op_ipc_send(windowId, channel, encode(payload, { windowId, channel }));
  }

  async function broadcast(windowIds, channel, payload) {
    const ids = Array.from(windowIds);
    for (const id of ids) checkString(id, "bad-window-id", "each window id");
    checkString(channel, "bad-channel", "the channel");
    const refusals = op_ipc_broadcast(ids, channel, encode(payload, { channel }));
    return ids.map((windowId, index) => {
      const refusal = refusals[index];
      if (refusal === null) return { windowId, ok: true };
      const { code, message } = refusal;
      return { windowId, ok: false, error: Object.assign(new Error(message), { code, windowId, channel }) };
    });
  }

  function windowEvents() {
    return events.stream("all", "", () => true);
  }

  function windowEventsFor(windowId) {
    checkString(windowId, "bad-window-id", "the window id");
    return events.stream("window", windowId, (event) => event.windowId === windowId);
  }

  function channelEvents(channel) {
    checkString(channel, "bad-channel", "the channel");
    return events.stream("channel", channel, (event) => event.channel === channel);
  }

  function onEvent(callback) {
    checkFunction(callback);
    return events.subscribe("all", "", () => true, "an onEvent callback", callback);
  }

  function onChannel(channel, callback) {
    checkString(channel, "bad-channel", "the channel");
    checkFunction(callback);
    return events.subscribe(
      "channel",
      channel,
      (event) => event.channel === channel,
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

  return {
    sendToWindow,
    broadcast,
    windowEvents,
    windowEventsFor,
    channelEvents,
    onEvent,
    onChannel,
    recvWindowEvent,
  };
})();
