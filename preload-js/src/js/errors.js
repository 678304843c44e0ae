// Errors: the ones made here, and those that cross.

/** The longest name and code that cross, in bytes of UTF-8. */
const MAX_NAME_BYTES = 256;

/** How much of an error's message and stack crosses, in UTF-16 units. */
const MAX_TEXT_LENGTH = 64 * 1024;

const define = (error, name, value, enumerable) =>
  defineProperty(error, name, {
    __proto__: null, value, enumerable, configurable: true, writable: true,
  });

/** The longest string that `shown` shows. */
const MAX_SHOWN = 40;

/** What was given instead of something else, in words: its type, or itself if it is short. */
const shown = (value) => {
  if (value === null || typeof value === "number") return String(value);
  if (typeof value === "string" && value.length <= MAX_SHOWN) return stringify(value);
  return isArray(value) ? "array" : typeof value;
};

/** An error of `Class` with `code` and `channel`, not yet thrown. */
const coded = (Class, code, message, channel, options) => {
  const error = new Class("window.host: " + message, options);
  define(error, "code", code, true);
  define(error, "channel", channel, true);
  return error;
};

/**
 * Tells the page of an error of this script, as an `error` event of the window. `reportError` would
 * show it without what it says: to the browser, this script is not one of the page. The host is told,
 * unless it was the one that did.
 */
const tell = (error, isTold) => {
  const { message } = error;
  if (!isTold) reportAs("error", () => ({ __proto__: null, text: message, place: "" }));
  const event = new ErrorEvent("error", { __proto__: null, cancelable: true, error, message });
  if (dispatchEvent(window, event)) logError(error);
};

/** What failed a call on `channel`, from the frame that tells of it. */
const errorFrom = (told, channel) => {
  const error = new Error(told.message);
  define(error, "name", told.name, false);
  if (hasOwn(told, "stack")) define(error, "stack", told.stack, false);
  define(error, "code", told.code, true);
  define(error, "channel", channel, true);
  return error;
};

/** Text that is a property of what the page threw, if there is such; asking for it may throw. */
const textOf = (thrown, name) => {
  try {
    const text = thrown[name];
    return typeof text === "string" ? text : undefined;
  } catch {
    return undefined;
  }
};

/** What is told of something that page code threw, which may be anything: each text is read once. */
const readThrown = (thrown) => {
  // No conversion to text of an object, which would be the page's.
  if (Object(thrown) !== thrown) return { __proto__: null, thrown, message: String(thrown) };
  const name = textOf(thrown, "name");
  const message = textOf(thrown, "message");
  const code = textOf(thrown, "code");
  return { __proto__: null, thrown, name, message, code, stack: textOf(thrown, "stack") };
};

/** The text of a name or code, or else `fallback`: a part of it would be another one. */
const nameOr = (text, fallback) => {
  const fits = text && text.length <= MAX_NAME_BYTES && utf8Length(text) <= MAX_NAME_BYTES;
  return fits ? text : fallback;
};

/** The text with U+FFFD for each half of a character. */
const wellFormed = (text) => {
  if (utf8Length(text) !== Infinity) return text;
  let whole = "";
  for (let i = 0; i < text.length; i++) {
    const isPair = i + 1 < text.length && utf8Length(text[i] + text[i + 1]) === 4;
    if (isPair) {
      whole += text[i] + text[i + 1];
      i += 1;
    } else {
      whole += utf8Length(text[i]) === Infinity ? "\ufffd" : text[i];
    }
  }
  return whole;
};

/** The start of a text, up to a whole character. */
const startOf = (text) => {
  if (text === undefined) return undefined;
  if (text.length <= MAX_TEXT_LENGTH) return wellFormed(text);
  const last = charCodeAt(text, MAX_TEXT_LENGTH - 1);
  const isCut = last >= 0xd800 && last <= 0xdbff;
  return wellFormed(slice(text, 0, isCut ? MAX_TEXT_LENGTH - 1 : MAX_TEXT_LENGTH));
};

/** The JSON text of what `readThrown` has read. */
const describe = (read) => {
  const stack = stacks ? startOf(read.stack) : undefined;
  return (
    '{"name":' + stringify(nameOr(read.name, "Error")) +
    ',"message":' + stringify(startOf(read.message) ?? "what was thrown has no message") +
    ',"code":' + stringify(nameOr(read.code, "handler-failed")) +
    (stack === undefined ? "" : ',"stack":' + stringify(stack)) + "}"
  );
};
