// Messages to windows.

(function () {
  const { core } = __bootstrap;
  const {
    op_ipc_send,
    op_ipc_send_bytes,
    op_ipc_broadcast,
    op_ipc_broadcast_bytes,
    op_ipc_windows,
    op_ipc_configure,
  } = core.ops;
  const errors = core.loadExtScript("ext:host_ipc/errors.js");
  const { codedError, isText, shown } = errors;
  const { encodeOptions } = core.loadExtScript("ext:host_ipc/options.js")(errors);
  const { checkWindowId, checkChannel, badOptions, readOptions } = core.loadExtScript(
    "ext:host_ipc/checks.js",
  );
  const { encode, isJson } = core.loadExtScript("ext:host_ipc/payloads.js");
  const { waitFor } = core.loadExtScript("ext:host_ipc/waits.js");
  const { outcomeOf } = core.loadExtScript("ext:host_ipc/outcomes.js")(errors);

  const SEND_OPTIONS = ["ack", "timeoutMs", "signal"];
  const BROADCAST_OPTIONS = [...SEND_OPTIONS, "except"];

  const NO_OPTIONS = Object.freeze({ ack: false });

  /** Checks the options of a message, of which there are those in `known`. */
  function readSendOptions(given, known, about) {
    if (given === undefined) return NO_OPTIONS;
    const options = readOptions(given, known, about);
    const { ack = false } = options;
    if (typeof ack !== "boolean") {
      throw badOptions(`option \`ack\` must be true or false, not ${shown(ack)}`, about);
    }
    return { ...options, ack };
  }

  /** Waits until a message has come as far as was asked for. */
  function arrival(wait, options, about) {
    return waitFor(wait, options, () => {
      const { windowId, channel } = about;
      const what = options.ack ? "was not acknowledged" : "found no room";
      const message =
        `the message to window "${windowId}" on "${channel}" ${what} within ${options.timeoutMs} ms`;
      return codedError(Error, "timeout", message, about);
    });
  }

  /** What a message that need not wait returns: a promise for each would take longer than it. */
  const SENT = Object.freeze(Promise.resolve());

  /** An async function in all but that it makes a promise only when one is needed. */
  function sendToWindow(windowId, channel, payload, given) {
    try {
      checkWindowId(windowId);
      checkChannel(channel);
      const about = { windowId, channel };
      const options = readSendOptions(given, SEND_OPTIONS, about);
      const encoded = encode(payload, about);
      if (options.signal?.aborted) throw options.signal.reason;
      const wait = isJson(encoded)
        ? op_ipc_send(windowId, channel, encoded, options.ack)
        : op_ipc_send_bytes(windowId, channel, encoded, options.ack);
      return wait === 0 ? SENT : outcomeOf(arrival(wait, options, about));
    } catch (error) {
      return outcomeOf(Promise.reject(error));
    }
  }

  function isList(value) {
    // A string is a list of strings too, and surely not the one that was meant.
    return typeof value !== "string" && typeof value?.[Symbol.iterator] === "function";
  }

  /** The windows that a broadcast is for. */
  function readTargets(windowIds, { except = [] }, about) {
    const left = isList(except) ? [...except] : undefined;
    if (!left?.every(isText)) {
      throw badOptions(`option \`except\` must be a list of window ids, not ${shown(except)}`, about);
    }
    if (windowIds !== "*" && !isList(windowIds)) {
      const message =
        `the window ids must be "*", or an array or another list of strings, not ${shown(windowIds)}`;
      throw codedError(TypeError, "bad-window-id", message);
    }
    const ids = windowIds === "*" ? op_ipc_windows() : [...windowIds];
    return ids.filter((id) => !left.includes(id));
  }

  async function broadcast(windowIds, channel, payload, given) {
    checkChannel(channel);
    const about = { channel };
    const options = readSendOptions(given, BROADCAST_OPTIONS, about);
    const ids = readTargets(windowIds, options, about);
    const encoded = encode(payload, about);
    if (options.signal?.aborted) throw options.signal.reason;
    const texts = ids.filter(isText);
    const outcomes = isJson(encoded)
      ? op_ipc_broadcast(texts, channel, encoded, options.ack)
      : op_ipc_broadcast_bytes(texts, channel, encoded, options.ack);
    if (outcomes === null && texts.length === ids.length) {
      return ids.map((windowId) => ({ windowId, ok: true }));
    }
    const results = outcomes ?? texts.map(() => null);
    return await Promise.all(
      ids.map((windowId) => {
        if (isText(windowId)) return resultOf(windowId, results.shift(), options, about);
        return failure(windowId, notText(windowId), about);
      }),
    );
  }

  /** What becomes of a broadcast in one window. Rejects only when the signal aborts. */
  async function resultOf(windowId, outcome, options, about) {
    if (typeof outcome === "number") {
      try {
        await arrival(outcome, options, { ...about, windowId });
      } catch (error) {
        if (options.signal?.aborted) throw error;
        return failure(windowId, error, about);
      }
    } else if (outcome !== null) {
      return failure(windowId, codedError(Error, outcome.code, outcome.message), about);
    }
    return { windowId, ok: true };
  }

  function failure(windowId, error, about) {
    return { windowId, ok: false, error: Object.assign(error, about, { windowId }) };
  }

  function notText(windowId) {
    try {
      checkWindowId(windowId);
    } catch (error) {
      return error;
    }
  }

  function configureChannel(pattern, policy) {
    checkChannel(pattern);
    op_ipc_configure(pattern, encodeOptions("bad-policy", policy));
  }

  return { sendToWindow, broadcast, configureChannel };
})();
