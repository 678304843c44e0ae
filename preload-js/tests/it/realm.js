// What a webview gives a page, as far as the preload script needs it. `native` holds functions of
// the test: post(text), report(error) and log(error). Evaluates to controls for the test.
(function (native) {
  "use strict";

  const { defineProperty } = Object;

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

  class PageTransitionEvent {
    #persisted;
    constructor(isTrusted, persisted) {
      defineProperty(this, "isTrusted", { __proto__: null, value: isTrusted });
      this.#persisted = persisted;
    }
    get persisted() {
      return this.#persisted;
    }
  }

  const listeners = { pageshow: [], pagehide: [] };
  const addEventListener = (type, listener, capture) => {
    if (capture === true) listeners[type][listeners[type].length] = listener;
  };

  Object.assign(globalThis, {
    window: globalThis,
    webkit: { messageHandlers: { ipc: handler } },
    crypto,
    PageTransitionEvent,
    addEventListener,
    reportError: native.report,
    console: { error: native.log },
  });

  return {
    pageTransition(type, isTrusted, persisted) {
      const event = new PageTransitionEvent(isTrusted, persisted);
      for (let i = 0; i < listeners[type].length; i++) listeners[type][i](event);
    },
    failPosts(fails) {
      postFails = fails;
    },
  };
});
