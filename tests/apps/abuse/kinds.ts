// The acts that there are, and who can do them. Those of pages are in acts/.

/** A page, a frame of its origin, or a sandboxed one. */
export const anywhere = [
  "post-objects",
  "post-shared",
  "post-deep",
  "post-join",
  "post-text",
  "post-numbers",
  "post-flood",
  "fetch-big",
  "fetch-missing",
  "fetch-headers",
  "fetch-bodies",
  "media",
  "requests-that-block",
  "leave",
  "reload-itself",
  "history",
  "push-state",
  "popups",
  "blocked-frames",
  "nest",
  "titles",
  "close",
  "busy",
  "busy-for-ever",
  "workers",
  "allocate",
];

/** A page alone: it has `window.host`. */
export const inPage = [
  "send-flood",
  "send-text",
  "send-bytes",
  "send-keys",
  "send-lists",
  "send-deep",
  "call-flood",
  "stream-flood",
  "send-to-others",
  "listen-flood",
];

/** The script, with the window of an attacker. */
export const ofScript = ["reload", "navigate", "kill"];

/**
 * Messages that are almost as large as one may be. The script needs longer than 100 ms for one of them
 * by its size alone. They have rounds of their own.
 */
export const large = ["large-text", "large-bytes", "large-keys", "large-lists"];

/**
 * Acts over which WebKitGTK stalls by itself: in a program without a host its main thread ran up to
 * 0.9 s without a pause. They have rounds of their own.
 */
export const onlyWebview = ["fragments", "fetch-long"];
