// What a webview gives a page, as far as the tests need it: messages, and a document whose elements
// have an id, a text and listeners.
(function (ids, visit) {
  const { op_page_post, op_page_error } = Deno.core.ops;

  const handler = { postMessage: (text) => op_page_post(text) };

  class Element {
    #listeners = [];
    constructor(id) {
      this.id = id;
      this.textContent = "";
    }
    addEventListener(type, listener) {
      this.#listeners.push([type, listener]);
    }
    click() {
      const event = { type: "click", target: this };
      for (const [type, listener] of this.#listeners) if (type === "click") listener(event);
    }
  }
  const elements = new Map(ids.map((id) => [id, new Element(id)]));

  class PageTransitionEvent {
    get persisted() {
      return false;
    }
  }

  Object.assign(globalThis, {
    window: globalThis,
    visit,
    webkit: { messageHandlers: { ipc: handler } },
    crypto: {
      getRandomValues(array) {
        for (let i = 0; i < array.length; i++) array[i] = Math.random() * 256;
        return array;
      },
    },
    document: { getElementById: (id) => elements.get(id) ?? null },
    PageTransitionEvent,
    addEventListener() {},
    queueMicrotask: (task) => void Promise.resolve().then(task),
    reportError: (error) => op_page_error(String(error?.message ?? error)),
  });
  delete globalThis.Deno;
  delete globalThis.__bootstrap;
});
