// What a webview gives a page, as far as the preload script needs it. `native` holds functions of
// the test: post(text), report(error) and log(error); and for what goes over the app's origin,
// upload(url, key, body), which returns a status, and download(url); and for sockets, of which a page
// may be given some, say(number, text, bytes). Evaluates to controls for the test.
(function (native) {
  "use strict";

  const { defineProperty } = Object;
  const define = (target, name, value) =>
    defineProperty(target, name, {
      __proto__: null, value, configurable: true, writable: true,
    });

  const Bytes = Uint8Array;
  let requestsFail = false;
  let postFails = false;
  const handler = {
    postMessage(text) {
      if (this !== handler) throw new TypeError("Illegal invocation");
      if (postFails) throw new Error("the host is out");
      native.post(text);
    },
  };

  let sockets = 0; // how many were made
  let socket; // the newest, and the one before it
  /** As the webview's own: says nothing of what goes wrong. */
  const connect = (accept) => {
    sockets += 1;
    const number = sockets;
    socket = { __proto__: null, number, accept, next: socket };
    return (text, bytes) => native.say(number, text, bytes);
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
      return true;
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

  let requests; // those that wait for an answer
  let answerRequest;
  class XMLHttpRequest extends EventTarget {
    #method;
    #url;
    #isAsync;
    #key;
    #type = "";
    #status = 0;
    #response = null;
    open(method, url, isAsync) {
      this.#method = method;
      this.#url = url;
      this.#isAsync = isAsync;
    }
    setRequestHeader(name, value) {
      if (this.#url === undefined) throw new TypeError("InvalidStateError");
      if (name === "x-host-key") this.#key = value;
    }
    get status() {
      return this.#status;
    }
    get response() {
      return this.#response;
    }
    get responseType() {
      return this.#type;
    }
    set responseType(type) {
      if (this.#isAsync === false) throw new TypeError("InvalidAccessError");
      this.#type = type;
    }
    send(body) {
      if (requestsFail || this.#url === undefined) throw new TypeError("NetworkError");
      if (this.#isAsync) {
        if (this.#method !== "GET" || this.#type !== "arraybuffer") throw new TypeError("strange");
        requests = { __proto__: null, url: this.#url, request: this, next: requests };
        native.download(this.#url);
      } else {
        if (this.#method !== "POST") throw new TypeError("strange");
        this.#status = native.upload(this.#url, this.#key, body);
      }
    }
    static {
      answerRequest = (request, status, response) => {
        // Not the webview's own, and not true.
        show(request, "loadend", false);
        request.#status = status;
        request.#response = response ?? null;
        const type = status === 0 ? "error" : "load";
        show(request, type, true);
        show(request, "loadend", true);
      };
    }
  }
  /** Dispatches an event that the page can see too, while it lasts. */
  const show = (target, type, isTrusted) => {
    const event = { __proto__: null, type, isTrusted, target };
    define(window, "event", event);
    apply(dispatchEvent, target, [event]);
    define(window, "event", undefined);
  };

  const { codePointAt } = String.prototype;
  class TextEncoder {
    encode(text) {
      let bytes = new Bytes(text.length * 3);
      let end = 0;
      const put = (byte) => (bytes[end++] = byte);
      for (let i = 0; i < text.length; i++) {
        const code = apply(codePointAt, text, [i]);
        const tail = (shift) => put(0x80 | ((code >> shift) & 0x3f));
        if (code < 0x80) {
          put(code);
        } else if (code < 0x800) {
          put(0xc0 | (code >> 6)), tail(0);
        } else if (code < 0x10000) {
          put(0xe0 | (code >> 12)), tail(6), tail(0);
        } else {
          put(0xf0 | (code >> 18)), tail(12), tail(6), tail(0);
          i += 1;
        }
      }
      const encoded = new Bytes(end);
      for (let i = 0; i < end; i++) encoded[i] = bytes[i];
      return encoded;
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

  /** What events and elements of the browser's own were made with, which only their getters tell. */
  const attributes = new WeakMap();
  const { get: getAttributes, set: setAttributes } = WeakMap.prototype;
  const withGetters = (Class, names) => {
    for (const name of names) {
      Object.defineProperty(Class.prototype, name, {
        get() {
          const values = apply(getAttributes, attributes, [this]);
          const { className } = values ?? {};
          const isOther = className !== undefined && toldOf[className] !== Class;
          if (isOther || !(values && name in values)) throw new TypeError("Illegal invocation");
          return values[name];
        },
        configurable: true,
      });
    }
    return Class;
  };
  /** An object of `Class` as the browser makes it. */
  const made = (Class, values) => {
    const object = { __proto__: Class.prototype };
    apply(setAttributes, attributes, [object, { __proto__: null, ...values }]);
    return object;
  };

  class Event {
    constructor(type) {
      define(this, "type", type);
      define(this, "isTrusted", false);
    }
  }
  withGetters(Event, ["target", "defaultPrevented"]);
  define(Event.prototype, "composedPath", function () {
    const path = [];
    for (let at = this.target; at; at = apply(getAttributes, attributes, [at])?.parent) path.push(at);
    return path;
  });
  define(Event.prototype, "preventDefault", function () {
    const values = apply(getAttributes, attributes, [this]);
    if (values.onPrevented !== undefined) values.onPrevented();
  });

  class ErrorEvent extends Event {
    constructor(type, { error, message, cancelable }) {
      super(type);
      if (type !== "error" || message !== error.message || !cancelable) throw new TypeError("strange");
      define(this, "error", error);
    }
  }
  withGetters(ErrorEvent, ["message", "filename", "lineno", "colno", "error"]);

  const PromiseRejectionEvent = withGetters(class extends Event {}, ["reason"]);
  const SecurityPolicyViolationEvent = withGetters(class extends Event {}, [
    "blockedURI", "effectiveDirective", "sourceFile", "lineNumber", "columnNumber",
  ]);
  const HTMLScriptElement = withGetters(class {}, ["src"]);
  const HTMLLinkElement = withGetters(class {}, ["href"]);
  const HTMLMediaElement = withGetters(class {}, ["currentSrc"]);
  const HTMLSourceElement = withGetters(class {}, ["src"]);
  const UIEvent = withGetters(class extends Event {}, ["detail"]);
  const MouseEvent = withGetters(class extends UIEvent {}, ["button", "buttons"]);

  class FocusEvent extends Event {
    #relatedTarget;
    constructor(type, { relatedTarget }) {
      super(type);
      this.#relatedTarget = relatedTarget;
    }
    get relatedTarget() {
      return this.#relatedTarget;
    }
  }

  class Node extends EventTarget {
    #type = 3;
    get nodeType() {
      return this.#type;
    }
    get [Symbol.toStringTag]() {
      return "Text";
    }
  }

  /** One that was made as a node, within `parent`, with a name and the attributes of HTML. */
  class Element {
    matches(selectors) {
      const { tag, html } = apply(getAttributes, attributes, [this]);
      const wanted = selectors.split(",");
      return wanted.includes(tag) || wanted.some((it) => it[0] === "[" && it.slice(1, -1) in html);
    }
    getAttribute(name) {
      return apply(getAttributes, attributes, [this]).html[name] ?? null;
    }
  }
  const toldOf = {
    Element, ErrorEvent, Event, HTMLLinkElement, HTMLMediaElement, HTMLScriptElement, HTMLSourceElement,
    MouseEvent, PromiseRejectionEvent, SecurityPolicyViolationEvent,
  };

  class CharacterData extends Node {
    #data;
    constructor(data) {
      super();
      this.#data = data;
    }
    get data() {
      return this.#data;
    }
    set data(data) {
      this.#data = data;
    }
  }

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

  const windowTarget = new EventTarget();
  const document = Object.assign(new EventTarget(), {
    readyState: "loading",
    createTextNode: (data) => new CharacterData(data),
    // The test runs microtasks, as a webview does when the filter has returned.
    createNodeIterator: (node, show, filter) => ({
      nextNode() {
        if (filter(node) !== 2) throw new TypeError("strange");
        return null;
      },
    }),
  });
  const window = globalThis;
  // A window is an event target, which an object cannot become.
  const { addEventListener, removeEventListener } = EventTarget.prototype;
  for (const [name, method] of Object.entries({ addEventListener, removeEventListener })) {
    define(EventTarget.prototype, name, function (type, listener, capture) {
      apply(method, this === window ? windowTarget : this, [type, listener, capture]);
    });
  }
  define(EventTarget.prototype, "dispatchEvent", function (event) {
    if (this === window) native.report(event.error);
    return apply(dispatchEvent, this === window ? windowTarget : this, [event]);
  });

  Object.assign(window, {
    window,
    document,
    origin: "app://localhost",
    webkit: { messageHandlers: { ipc: handler } },
    crypto,
    AbortController,
    AbortSignal,
    CharacterData,
    Element,
    ErrorEvent,
    Event,
    EventTarget,
    FocusEvent,
    HTMLLinkElement,
    HTMLMediaElement,
    HTMLScriptElement,
    HTMLSourceElement,
    MouseEvent,
    Node,
    PageTransitionEvent,
    PromiseRejectionEvent,
    SecurityPolicyViolationEvent,
    TextEncoder,
    UIEvent,
    XMLHttpRequest,
    clearTimeout,
    performance: { now: () => time },
    reportError: native.report,
    setTimeout,
    console: { assert() {}, error: native.log, log() {} },
  });

  return {
    /** Has the page find no message function, and a script of another world one. */
    moveHandler() {
      delete window.webkit;
      native.world = { messageHandlers: { host: handler } };
    },
    /** Runs what a script of that world is, as a function of its `window`. */
    runInWorld(script) {
      script({ __proto__: window, webkit: native.world });
    },
    /**
     * Has the browser tell of something, by an event of this class and type with these attributes; `target`
     * is an element, as a class and attributes of its own and perhaps a parent, or the window.
     */
    tell(className, type, { target, ...values }, isTrusted) {
      const make = ({ parent, ...told }) =>
        made(toldOf[told.className], { ...told, parent: parent && make(parent) });
      const element = target && make(target);
      const event = made(toldOf[className], { ...values, target: element ?? window });
      define(event, "type", type);
      define(event, "isTrusted", isTrusted);
      apply(dispatchEvent, windowTarget, [event]);
    },
    load(isTrusted) {
      if (isTrusted) define(document, "readyState", "complete");
      apply(dispatchEvent, windowTarget, [{ __proto__: null, type: "load", isTrusted }]);
    },
    pageTransition(type, isTrusted, persisted) {
      apply(dispatchEvent, windowTarget, [new PageTransitionEvent(type, isTrusted, persisted)]);
    },
    failPosts(fails) {
      postFails = fails;
    },
    failRequests(fails) {
      requestsFail = fails;
    },
    /** Has the page find what makes sockets: our own function, or what is given. */
    giveSocket(value = connect) {
      defineProperty(window, "__hostSocket", { __proto__: null, value, configurable: true });
    },
    /** Hands the page what has come over one of its sockets. */
    hand(number, text, body) {
      let at = socket;
      while (at.number !== number) at = at.next;
      const { accept } = at;
      accept(text, body);
    },
    sockets: () => sockets,
    /** Answers the request for `url`, which fails with the status 0. Returns whether there was one. */
    answer(url, status, response) {
      let before;
      for (let at = requests; at !== undefined; at = at.next) {
        if (at.url === url) {
          if (before === undefined) requests = at.next;
          else before.next = at.next;
          answerRequest(at.request, status, response);
          return true;
        }
        before = at;
      }
      return false;
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
