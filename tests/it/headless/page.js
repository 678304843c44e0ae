// What a webview gives a page, as far as the tests need it: messages, and a document whose elements
// have an id, a text and listeners.
(function (ids, visit) {
  const { op_page_post, op_page_error } = Deno.core.ops;

  const handler = { postMessage: (text) => op_page_post(text) };

  const listeners = new WeakMap();
  class EventTarget {
    addEventListener(type, listener) {
      listeners.set(this, [...(listeners.get(this) ?? []), { type, listener }]);
    }
    removeEventListener(type, listener) {
      const stays = (it) => it.type !== type || it.listener !== listener;
      listeners.set(this, listeners.get(this)?.filter(stays));
    }
    dispatchEvent(event) {
      for (const { type, listener } of listeners.get(this) ?? []) {
        if (type === event.type) listener(event);
      }
      return true;
    }
  }

  class Element extends EventTarget {
    matches() {
      return false;
    }
    getAttribute() {
      return null;
    }
    constructor(id) {
      super();
      this.id = id;
      this.textContent = "";
    }
    click() {
      this.dispatchEvent({ type: "click", target: this });
    }
  }
  const elements = new Map(ids.map((id) => [id, new Element(id)]));

  class AbortSignal extends EventTarget {
    get aborted() {
      return false;
    }
    get reason() {
      return undefined;
    }
  }

  class AbortController {
    get signal() {
      return new AbortSignal();
    }
    abort() {}
  }

  // Nothing here carries bytes: a request fails when it is sent.
  class XMLHttpRequest extends EventTarget {
    get status() {
      return 0;
    }
    get response() {
      return null;
    }
    get responseType() {
      return "";
    }
    set responseType(_) {}
    open() {}
    setRequestHeader() {}
    send() {
      throw new TypeError("there is no network");
    }
  }

  class TextEncoder {
    encode() {
      return new Uint8Array(0);
    }
  }

  // Here the browser itself tells of nothing.
  const withGetters = (Class, names) => {
    for (const name of names) {
      Object.defineProperty(Class.prototype, name, { get: () => undefined, configurable: true });
    }
    return Class;
  };
  const Event = withGetters(class {
    composedPath() {
      return [];
    }
    preventDefault() {}
  }, ["target", "defaultPrevented"]);
  class ErrorEvent extends Event {
    constructor(type, { error }) {
      super();
      this.type = type;
      Object.defineProperty(this, "error", { value: error });
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

  // Those by which pages without a message function reach the host: this page has one.
  class FocusEvent {
    get relatedTarget() {
      return null;
    }
  }
  class CharacterData {
    set data(_) {}
  }
  class Node {
    get nodeType() {
      throw new TypeError("Illegal invocation");
    }
  }

  class PageTransitionEvent {
    get persisted() {
      return false;
    }
  }

  Object.assign(globalThis, {
    window: globalThis,
    origin: "app://localhost",
    visit,
    webkit: { messageHandlers: { ipc: handler } },
    crypto: {
      getRandomValues(array) {
        for (let i = 0; i < array.length; i++) array[i] = Math.random() * 256;
        return array;
      },
    },
    document: { readyState: "complete", getElementById: (id) => elements.get(id) ?? null },
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
    performance: { now: () => 0 },
    // Nothing here waits for a time.
    setTimeout() {},
    clearTimeout() {},
    queueMicrotask: (task) => void Promise.resolve().then(task),
    console: { error: (error) => op_page_error(String(error?.message ?? error)) },
    reportError: (error) => op_page_error(String(error?.message ?? error)),
  });
  delete globalThis.Deno;
  delete globalThis.__bootstrap;
});
