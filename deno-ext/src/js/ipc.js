// The module host:ipc.

(function () {
  const { core } = __bootstrap;
  const {
    op_ipc_send,
    op_ipc_broadcast,
    op_ipc_listen,
    op_ipc_unlisten,
    op_ipc_wait,
    op_ipc_take,
  } = core.ops;
  const { codedError, isText, checkText, describe, report } = core.loadExtScript(
    "ext:host_ipc/errors.js",
  );
  const { createEvents } = core.loadExtScript("ext:host_ipc/events.js");

  const events = createEvents({
    wait: op_ipc_wait,
    take: op_ipc_take,
    listen: op_ipc_listen,
    unlisten: op_ipc_unlisten,
    report,
  });

  function checkWindowId(value) {
    checkText(value, "bad-window-id", "the window id");
  }

  function checkChannel(value) {
    checkText(value, "bad-channel", "the channel");
  }

  function checkCallback(value) {
    if (typeof value !== "function") {
      throw codedError("bad-handler", `the callback must be a function, not ${typeof value}`);
    }
  }

  /** The JSON text of a payload; `properties` are those of the error when it has none. */
  function encode(payload, properties) {
    if (payload === undefined) return "null";
    let json;
    try {
      json = JSON.stringify(payload);
    } catch (cause) {
      const message = `the payload cannot be sent: ${describe(cause)}`;
      throw codedError("bad-payload", message, { ...properties, cause });
    }
    if (json === undefined) {
      const message = `the payload cannot be sent: JSON has no form for this ${typeof payload}`;
      throw codedError("bad-payload", message, properties);
    }
    return json;
  }

  async function sendToWindow(windowId, channel, payload) {
    checkWindowId(windowId);
    checkChannel(channel);
    op_ipc_send(windowId, channel, encode(payload, { windowId, channel }));
  }

  async function broadcast(windowIds, channel, payload) {
    // A string is a list of strings too, and surely not the one that was meant.
    if (typeof windowIds === "string" || typeof windowIds?.[Symbol.iterator] !== "function") {
      throw codedError("bad-window-id", "the window ids must be an array or another list of strings");
    }
    const ids = [...windowIds];
    checkChannel(channel);
    const refusals = op_ipc_broadcast(ids.filter(isText), channel, encode(payload, { channel }));
    return ids.map((windowId) => {
      const error = isText(windowId) ? refused(refusals.shift()) : notText(windowId);
      if (error === null) return { windowId, ok: true };
      return { windowId, ok: false, error: Object.assign(error, { windowId, channel }) };
    });
  }

  function refused(refusal) {
    return refusal && Object.assign(new Error(refusal.message), { code: refusal.code });
  }

  function notText(windowId) {
    try {
      checkWindowId(windowId);
    } catch (error) {
      return error;
    }
  }

  function windowEvents() {
    return events.stream("all", "", () => true);
  }

  function windowEventsFor(windowId) {
    checkWindowId(windowId);
    return events.stream("window", windowId, (event) => event.windowId === windowId);
  }

  function channelEvents(channel) {
    checkChannel(channel);
    return events.stream("channel", channel, (event) => event.channel === channel);
  }

  function onEvent(callback) {
    checkCallback(callback);
    return events.subscribe("all", "", () => true, "an onEvent callback", callback);
  }

  function onChannel(channel, callback) {
    checkChannel(channel);
    checkCallback(callback);
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
