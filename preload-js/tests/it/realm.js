// What a webview gives a page, as far as the preload script needs it. `native` holds functions of
// the test: post(text), report(error) and log(error). Evaluates to controls for the test.
(function (native) {
  "use strict";

  const { defineProperty } = Object;
  const define = (target, name, value) =>
    defineProperty(target, name, {
      __proto__: null, value, configurable: true, writable: true,
    });

  let postFails = false;
  const handler = {
    postMessage(text) {
      if (this !== handler) throw new TypeError("Illegal invocation");
      if (postFails) throw new Error("the host is out");
      native.post(text);
    },
  };

  let fills = 0;
  const crypto = {
    getRandomValues(array) {
      if (this !== crypto) throw new TypeError("Illegal invocation");
      fills += 1;
      for (let i = 0; i < 16; i++) array[i] = fills * 16 + i * 7;
      return array;
    },
  };

  // Nothing below may rely on what a page can replace, such as arrays: lists are linked.
  class EventTarget {
    #first;
    addEventListener(type, listener, capture) {
      this.#first = { __proto__: null, type, listener, capture, next: this.#first };
    }
    removeEventListener(type, listener, capture) {
      for (let at = this.#first; at !== undefined; at = at.next) {
        if (at.type === type && at.listener === listener && at.capture === capture) {
          at.listener = undefined;
        }
      }
    }
    dispatchEvent(event) {
      for (let at = this.#first; at !== undefined; at = at.next) {
        if (at.type === event.type && at.listener !== undefined) at.listener(event);
      }
    }
    static listeners(target) {
      let count = 0;
      for (let at = target.#first; at !== undefined; at = at.next) {
        if (at.listener !== undefined) count += 1;
      }
      return count;
    }
  }
  const { listeners } = EventTarget;
  delete EventTarget.listeners;
  const { dispatchEvent } = EventTarget.prototype;
  const { apply } = Reflect;

  let setAborted;
  class AbortSignal extends EventTarget {
    #aborted = false;
    #reason;
    get aborted() {
      return this.#aborted;
    }
    get reason() {
      return this.#reason;
    }
    static {
      setAborted = (signal, reason) => {
        if (signal.#aborted) return;
        signal.#aborted = true;
        signal.#reason = reason;
        apply(dispatchEvent, signal, [{ __proto__: null, type: "abort", isTrusted: true }]);
      };
    }
  }

  class AbortController {
    #signal = new AbortSignal();
    get signal() {
      return this.#signal;
    }
    abort(reason) {
      setAborted(this.#signal, reason === undefined ? new AbortError() : reason);
    }
  }

  class AbortError {
    name = "AbortError";
    message = "aborted";
    code = 20;
  }

  let time = 0;
  let timers = 0;
  let timer; // the first to be due of those that are set
  const setTimeout = function (act, ms) {
    if (this !== window) throw new TypeError("Illegal invocation");
    timers += 1;
    const due = time + ms;
    let before;
    let after = timer;
    while (after !== undefined && after.due <= due) {
      before = after;
      after = after.next;
    }
    const set = { __proto__: null, id: timers, due, act, next: after };
    if (before === undefined) timer = set;
    else before.next = set;
    return timers;
  };
  const clearTimeout = function (id) {
    if (this !== window) throw new TypeError("Illegal invocation");
    let before;
    for (let at = timer; at !== undefined; at = at.next) {
      if (at.id !== id) before = at;
      else if (before === undefined) timer = at.next;
      else before.next = at.next;
    }
  };

  class PageTransitionEvent {
    #persisted;
    constructor(type, isTrusted, persisted) {
      define(this, "type", type);
      define(this, "isTrusted", isTrusted);
      this.#persisted = persisted;
    }
    get persisted() {
      return this.#persisted;
    }
  }

  const target = new EventTarget();
  const document = { readyState: "loading" };
  const window = globalThis;
  // A window is an event target, which an object cannot become.
  const { addEventListener, removeEventListener } = EventTarget.prototype;
  for (const [name, method] of Object.entries({ addEventListener, removeEventListener })) {
    define(EventTarget.prototype, name, function (type, listener, capture) {
      apply(method, this === window ? target : this, [type, listener, capture]);
    });
  }

  Object.assign(window, {
    window,
    document,
    webkit: { messageHandlers: { ipc: handler } },
    crypto,
    AbortController,
    AbortSignal,
    EventTarget,
    PageTransitionEvent,
    clearTimeout,
    reportError: native.report,
    setTimeout,
    console: { error: native.log },
  });

  return {
    load(isTrusted) {
      if (isTrusted) define(document, "readyState", "complete");
      apply(dispatchEvent, target, [{ __proto__: null, type: "load", isTrusted }]);
    },
    pageTransition(type, isTrusted, persisted) {
      apply(dispatchEvent, target, [new PageTransitionEvent(type, isTrusted, persisted)]);
    },
    failPosts(fails) {
      postFails = fails;
    },
    /** Lets the time pass until the next timer, or until `end` if none is due by then. */
    tick(end) {
      const due = timer;
      if (due === undefined || due.due > end) {
        time = end;
        return false;
      }
      timer = due.next;
      time = due.due;
      const { act } = due;
      act();
      return true;
    },
    now: () => time,
    /** How many timers are set. */
    timers() {
      let count = 0;
      for (let at = timer; at !== undefined; at = at.next) count += 1;
      return count;
    },
    listeners: (signal) => listeners(signal),
  };
});
