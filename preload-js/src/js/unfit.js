// What JSON would lose of a payload without a word: where in it that is, and what to do about it.
//
// deno-ext runs it too, so that scripts and pages are told the same. In a page it runs where anything
// can have been replaced: it uses only syntax, and what it is given.

(function ({
  arrayPrototype, getOwnPropertyDescriptor, getPrototypeOf, hasOwn, includes, isArray, isNode, isView,
  keys, objectPrototype, stringify, tagOf,
}) {
  /** By type, what to do instead. */
  const ADVICE = {
    __proto__: null,
    ArrayBuffer: "bytes can only be sent as the whole payload",
    BigInt: "send it as a string",
    Blob: "send what its arrayBuffer() resolves to",
    Error: "send its name and message",
    File: "send what its arrayBuffer() resolves to",
    Map: "send an array of its entries",
    Promise: "await it first",
    Set: "send an array of its values",
    SharedArrayBuffer: "send a copy of its bytes in a Uint8Array",
  };

  /** Types that JSON loses something of, whatever properties their objects have. */
  const LOST = {
    __proto__: null, ArrayBuffer: true, Error: true, Map: true, Promise: true, Set: true,
    SharedArrayBuffer: true,
  };

  /** Types of which JSON has all that can be seen. */
  const KNOWN = {
    __proto__: null, Array: true, Boolean: true, Number: true, Object: true, String: true,
  };

  /** How deep arrays and objects may be in each other: what is deeper is refused elsewhere. */
  const MAX_DEPTH = 256;

  /** The longest name of a property that is shown. */
  const MAX_NAME = 64;

  /** The type of an object, if JSON loses what is in it. */
  const lostType = (object) => {
    const prototype = getPrototypeOf(object);
    if (prototype === objectPrototype || prototype === arrayPrototype) return undefined;
    const type = tagOf(object);
    if (isView(object) || LOST[type]) return type;
    if (KNOWN[type]) return undefined;
    return keys(object).length === 0 || isNode(object) ? type : undefined;
  };

  const found = (path, type, advice) => ({ __proto__: null, path, type, advice });

  const isIdentifier = (name) => {
    for (let i = 0; i < name.length; i++) {
      const unit = name[i];
      const isLetter = unit >= "a" && unit <= "z" || unit >= "A" && unit <= "Z";
      if (!isLetter && unit !== "_" && unit !== "$" && (i === 0 || unit < "0" || unit > "9")) {
        return false;
      }
    }
    return name !== "";
  };

  /** As scripts write it. */
  const property = (name) => {
    if (name.length > MAX_NAME) return "[...]";
    return isIdentifier(name) ? "." + name : "[" + stringify(name) + "]";
  };

  const isWorthALook = (value) => typeof value === "object" || typeof value === "bigint";

  /** What was found in a property or element, as seen from its object. */
  const within = (path, { path: rest, type, advice }) => found(path + rest, type, advice);

  /** The first value at or below `value` that cannot be sent. It is inside of the objects `above`. */
  const find = (value, above, depth) => {
    // What `toJSON` returns is its author's choice.
    if (value === null || typeof value.toJSON === "function") return undefined;
    if (typeof value === "bigint") return found("", "BigInt");
    const type = lostType(value);
    if (type !== undefined) return found("", type, isView(value) ? adviceOfView(depth) : undefined);
    for (let at = above; at !== undefined; at = at.above) {
      if (at.object === value) return found("", "cycle");
    }
    if (depth === MAX_DEPTH) return undefined;
    const here = { __proto__: null, object: value, above };
    if (isArray(value)) {
      for (let i = 0; i < value.length; i++) {
        const item = value[i];
        const inner = isWorthALook(item) ? find(item, here, depth + 1) : undefined;
        if (inner !== undefined) return within("[" + i + "]", inner);
      }
      return undefined;
    }
    const names = keys(value);
    for (let i = 0; i < names.length; i++) {
      // Getters have been called, and are not called twice.
      const descriptor = getOwnPropertyDescriptor(value, names[i]);
      if (descriptor === undefined || !hasOwn(descriptor, "value")) continue;
      const item = descriptor.value;
      const inner = isWorthALook(item) ? find(item, here, depth + 1) : undefined;
      if (inner !== undefined) return within(property(names[i]), inner);
    }
    return undefined;
  };

  const adviceOfView = (depth) =>
    depth === 0
      ? "of bytes, only a Uint8Array or an ArrayBuffer can be sent, such as its buffer"
      : ADVICE.ArrayBuffer;

  /**
   * Why the payload cannot be sent, or undefined if nothing is known against it. It is looked through,
   * which takes about as long as `stringify`.
   */
  const whyUnfit = (payload) => {
    if (typeof payload === "function" || typeof payload === "symbol") {
      return "payload is of type " + typeof payload + ": JSON has no form for it";
    }
    let bad;
    try {
      if (isWorthALook(payload)) bad = find(payload, undefined, 0);
    } catch {
      // Code in it threw.
    }
    if (bad === undefined) return undefined;
    const { path, type, advice } = bad;
    if (type === "cycle") {
      return "payload" + path + " is an object that this is inside of: JSON has no form for cycles";
    }
    const text = advice ?? ADVICE[type] ?? "JSON has no form for it";
    return "payload" + path + " is of type " + type + ": " + text;
  };

  /**
   * Whether `whyUnfit` is worth its time, by the payload's JSON text. That has `{}` for most of what is
   * lost, `{"0":` for bytes, and `code":` for errors like those of this API; what begins with a quote
   * would take longer to look for.
   */
  const mayBeUnfit = (payload, text) => {
    if (typeof payload !== "object" || payload === null) return false;
    if (includes(text, "{}") || includes(text, '{"0":') || includes(text, 'code":')) return true;
    try {
      return lostType(payload) !== undefined;
    } catch {
      return false;
    }
  };

  return { __proto__: null, mayBeUnfit, whyUnfit };
});
