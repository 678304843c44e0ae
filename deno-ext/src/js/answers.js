// Calls of pages: `handle` and `handleStream`, and the answers to them.

(function () {
  const { core } = __bootstrap;
  const { op_ipc_check_channel, op_ipc_answer, op_ipc_answer_bytes, op_ipc_fail } = core.ops;
  const { codedError, shown, textOf, reportSome, attempt } = core.loadExtScript(
    "ext:host_ipc/errors.js",
  );
  const { checkChannel, checkCallback } = core.loadExtScript("ext:host_ipc/checks.js");
  const { encode, isJson, sizeOf } = core.loadExtScript("ext:host_ipc/payloads.js");
  const { after } = core.loadExtScript("ext:host_ipc/waits.js");
  const { turnFor } = core.loadExtScript("ext:host_ipc/turns.js");

  /** How long a call waits for a first handler on its channel, in milliseconds. */
  const HANDLER_WAIT_MS = 5_000;

  /** How many calls of one window may wait at the same time. */
  const MAX_WAITING = 1_024;

  /** The longest name and code that cross, in bytes of UTF-8. */
  const MAX_NAME_BYTES = 256;

  /** How much of a message crosses, in UTF-16 units. */
  const MAX_TEXT_LENGTH = 64 * 1024;

  /** In messages, `file:` URLs up to their last part: where the app is, is no page's business. */
  const DIRECTORIES = /file:\/\/[^\s"'<>()]*\//g;

  /** By channel, the handler and the type of calls that it answers. */
  const answerers = new Map();
  /** Channels whose handler was removed at some time. */
  const abandoned = new Set();

  /** By number, calls that have not ended. */
  const answering = new Map();
  /** By channel, those of them that wait for a handler, in the order in which they came. */
  const waiting = new Map();
  /** How many of these there are of each window that has some. */
  const counts = new Map();

  /** The size of the chunk that was made last, whatever stream it is of. */
  let lastSize = 4_096;

  /** The text of a name or code, or else `fallback`: a part of it would be another one. */
  function nameOf(thrown, name, fallback) {
    const text = textOf(thrown, name);
    const fits = text && text.length <= MAX_NAME_BYTES && text.isWellFormed() &&
      core.encode(text).length <= MAX_NAME_BYTES;
    return fits ? text : fallback;
  }

  /** The start of a text, up to a whole character. What is half of one in it becomes U+FFFD. */
  function startOf(text) {
    const last = text.charCodeAt(MAX_TEXT_LENGTH - 1);
    const isCut = text.length > MAX_TEXT_LENGTH && last >= 0xd800 && last <= 0xdbff;
    return text.slice(0, isCut ? MAX_TEXT_LENGTH - 1 : MAX_TEXT_LENGTH).toWellFormed();
  }

  function messageOf(thrown) {
    const isObject = Object(thrown) === thrown;
    const text = isObject ? textOf(thrown, "message") : String(thrown);
    return startOf(text?.replace(DIRECTORIES, "") ?? "what was thrown has no message");
  }

  function newController() {
    const { AbortController } = globalThis;
    if (AbortController !== undefined) return new AbortController();
    throw codedError(Error, "unsupported", "this runtime has no AbortController");
  }

  /** The iterator of what a stream handler returned. */
  function iteratorOf(iterable, about) {
    const method = iterable?.[Symbol.asyncIterator] ?? iterable?.[Symbol.iterator];
    if (typeof method === "function") return method.call(iterable);
    const message = `the stream handler must return an iterable, not ${shown(iterable)}`;
    throw codedError(TypeError, "handler-failed", message, about);
  }

  /** One call of a page. */
  class Answer {
    #number;
    #payload;
    #about;
    #isOpen = true;
    #isCancelled = false;
    #stopClock;
    #handler;
    #controller;
    /** What the chunks come from. */
    #iterator;
    /** How many of them may be sent. */
    #credit = 0;
    #advances = false;
    /** The turn that the next chunk waits for. */
    #turn;
    /** Of the last chunk, since the next one may be like it; undefined before the first. */
    #size;

    constructor({ call, step, windowId, channel, payload }) {
      this.type = step;
      this.#number = call;
      this.#payload = payload;
      this.#about = { windowId, channel };
      answering.set(call, this);
    }

    get channel() {
      return this.#about.channel;
    }

    get windowId() {
      return this.#about.windowId;
    }

    /** Waits for a handler. */
    wait() {
      if (!waiting.has(this.channel)) waiting.set(this.channel, new Set());
      waiting.get(this.channel).add(this);
      counts.set(this.windowId, (counts.get(this.windowId) ?? 0) + 1);
      this.#stopClock = after(HANDLER_WAIT_MS, () => this.begin());
    }

    #waitNoMore() {
      if (this.#stopClock === undefined) return;
      this.#stopClock();
      this.#stopClock = undefined;
      const others = waiting.get(this.channel);
      others.delete(this);
      if (others.size === 0) waiting.delete(this.channel);
      const count = counts.get(this.windowId) - 1;
      if (count === 0) counts.delete(this.windowId);
      else counts.set(this.windowId, count);
    }

    /** Is answered by the handler that there is. */
    begin() {
      this.#waitNoMore();
      const answerer = answerers.get(this.channel);
      if (answerer?.type !== this.type) {
        this.refuse("no-handler", `the app has no ${this.type} handler for "${this.channel}"`);
        return;
      }
      this.#handler = answerer.handler;
      if (this.type === "request") this.#answer();
      else this.#advance();
    }

    refuse(code, message) {
      this.#fail(codedError(Error, code, message, this.#about));
    }

    /** So many more chunks may be sent. */
    pull(count) {
      this.#credit += count;
      if (this.#handler !== undefined) this.#advance();
    }

    /** Nobody wants an answer any more. */
    cancel() {
      this.#close();
      this.#isCancelled = true;
      this.#controller?.abort();
      this.#closeIterator();
    }

    #close() {
      this.#isOpen = false;
      this.#waitNoMore();
      this.#turn?.giveUp();
      answering.delete(this.#number);
    }

    /** Gives an answer that is encoded: a chunk, or the last. */
    #give(encoded, isChunk) {
      if (isJson(encoded)) {
        op_ipc_answer(this.windowId, this.#number, encoded, isChunk);
      } else {
        op_ipc_answer_bytes(this.windowId, this.#number, encoded, isChunk);
      }
    }

    #finish(encoded) {
      this.#give(encoded, false);
      this.#close();
    }

    #fail(error) {
      if (!this.#isOpen) return;
      const name = nameOf(error, "name", "Error");
      const code = nameOf(error, "code", "handler-failed");
      op_ipc_fail(this.windowId, this.#number, name, messageOf(error), code);
      this.#close();
    }

    /**
     * The handler has failed. Its caller is told what, and stderr where; unless it only passes on why
     * its signal has aborted.
     */
    #failWith(error) {
      if (!this.#isCancelled || error !== this.#controller?.signal.reason) {
        reportSome(error, `the ${this.type} handler of channel "${this.channel}"`);
      }
      this.#fail(error);
    }

    #invoke() {
      const call = this;
      const context = {
        windowId: this.windowId,
        // Made when it is asked for: an embedder need not have signals.
        get signal() {
          return call.#signal();
        },
      };
      return this.#handler(this.#payload, Object.freeze(context));
    }

    #signal() {
      if (this.#controller === undefined) {
        this.#controller = newController();
        if (this.#isCancelled) this.#controller.abort();
      }
      return this.#controller.signal;
    }

    async #answer() {
      try {
        const value = await this.#invoke();
        if (this.#isOpen) this.#finish(encode(value, this.#about));
      } catch (error) {
        this.#failWith(error);
      }
    }

    /** Sends chunks as long as there is credit. */
    async #advance() {
      if (this.#advances || this.#credit === 0) return;
      this.#advances = true;
      try {
        if (this.#iterator === undefined) {
          this.#iterator = iteratorOf(await this.#invoke(), this.#about);
          if (!this.#isOpen) this.#closeIterator();
        }
        while (this.#isOpen && this.#credit > 0) {
          this.#turn = turnFor(this.windowId, this.#size ?? lastSize);
          await this.#turn?.promise;
          if (!this.#isOpen) break;
          const step = await this.#iterator.next();
          if (!this.#isOpen) break;
          if (Object(step) !== step) throw new TypeError("next() gave no object");
          if (step.done) this.#finish("null");
          else await this.#send(step.value);
        }
      } catch (error) {
        this.#failWith(error);
      }
      this.#advances = false;
    }

    async #send(chunk) {
      try {
        const encoded = encode(await chunk, this.#about);
        this.#size = lastSize = sizeOf(encoded);
        if (this.#isOpen) this.#give(encoded, true);
        this.#credit -= 1;
      } catch (error) {
        // The iterator does not know that it has failed.
        if (this.#isOpen) this.#closeIterator();
        throw error;
      }
    }

    #closeIterator() {
      const iterator = this.#iterator;
      attempt(`the stream handler of "${this.channel}"`, () => iterator?.return?.());
    }
  }

  /** Answers a call, now or once its channel has a handler. */
  function takeCall(event) {
    const { windowId, channel } = event;
    const answer = new Answer(event);
    if (answerers.has(channel) || abandoned.has(channel)) {
      beginWaiting(channel); // They came first.
      answer.begin();
      return;
    }
    if ((counts.get(windowId) ?? 0) < MAX_WAITING) {
      answer.wait();
      return;
    }
    const message = `${MAX_WAITING} calls of the window wait for a handler already`;
    answer.refuse("queue-full", message);
  }

  function beginWaiting(channel) {
    if (waiting.size === 0) return;
    for (const answer of [...(waiting.get(channel) ?? [])]) answer.begin();
  }

  function takePull({ call, count }) {
    answering.get(call)?.pull(count);
  }

  function takeCancel({ call }) {
    answering.get(call)?.cancel();
  }

  /** No answer can be given any more. */
  function endAnswers() {
    for (const answer of [...answering.values()]) answer.cancel();
  }

  function addAnswerer(type, channel, handler) {
    checkChannel(channel);
    op_ipc_check_channel(channel);
    checkCallback(handler);
    if (answerers.has(channel)) {
      const message = `the channel "${channel}" has a handler already`;
      throw codedError(Error, "handler-exists", message, { channel });
    }
    const answerer = { type, handler };
    answerers.set(channel, answerer);
    // Not before the caller has what is returned.
    Promise.resolve().then(() => beginWaiting(channel));
    return () => {
      if (answerers.get(channel) !== answerer) return;
      answerers.delete(channel);
      abandoned.add(channel);
    };
  }

  function handle(channel, handler) {
    return addAnswerer("request", channel, handler);
  }

  function handleStream(channel, handler) {
    return addAnswerer("stream", channel, handler);
  }

  return { handle, handleStream, takeCall, takePull, takeCancel, endAnswers };
})();
