import type { Detail } from "./errors.js";
import { formats } from "./formats.js";

/** The first thing that is wrong with a value: a JSON pointer (RFC 6901) to it, and what it is. */
export type Fault = Detail;

/** Checks what comes in. Every method returns what is wrong first, undefined if nothing is, also for a type that it does not know. */
export interface Validator {
  /** Checks what the request of a type is answered. */
  answer(request: string, value: unknown): Fault | undefined;
  /** Checks the `data` of a broadcast of a type. */
  event(type: string, data: unknown): Fault | undefined;
  /** Checks a frame that is neither request nor broadcast. */
  frame(type: string, frame: object): Fault | undefined;
}

/** The values that a schema accepts: a string stands for the type of that name. `null` says that null is one of them too. */
export type Schema = string | ({ readonly null?: true } & Shape);

/** A range; what is absent does not bound. */
interface Range {
  readonly min?: number;
  readonly max?: number;
}

interface ObjectShape extends Range {
  readonly is: "object";
  readonly fields?: { readonly [name: string]: Schema };
  readonly required?: readonly string[];
  readonly extra?: Schema; // of the values of other keys
  readonly closed?: true; // there are no other keys
  readonly names?: Schema; // of all keys
  readonly loose?: true; // null counts as absent where it is not allowed
}

interface RawShape {
  readonly is: "raw";
  readonly any?: true;
  readonly null?: true;
  readonly boolean?: true;
  readonly number?: Schema;
  readonly string?: Schema;
  readonly array?: Schema;
  readonly object?: Schema;
  readonly enum?: readonly unknown[];
}

type Shape =
  | { readonly is: "boolean" | "null" }
  | { readonly is: "ref"; readonly to: string }
  | ({ readonly is: "integer"; readonly of?: number; readonly digits?: true; readonly wide?: true } & Range)
  | ({ readonly is: "number"; readonly over?: number; readonly under?: number; readonly of?: string } & Range)
  | ({ readonly is: "string"; readonly pattern?: RegExp; readonly format?: keyof typeof formats } & Range)
  | { readonly is: "enum"; readonly values: readonly string[] }
  | { readonly is: "const"; readonly value: unknown }
  | ({ readonly is: "array"; readonly items: Schema; readonly unique?: true } & Range)
  | ObjectShape
  | { readonly is: "union"; readonly tag: string; readonly of: { readonly [value: string]: Schema } }
  | RawShape;

/** The types of a protocol, by name. */
export interface Types {
  readonly [name: string]: Schema;
}

/** How deep objects and arrays may be inside each other. */
const maxDepth = 16;

/** A string that names no character where half a surrogate pair stands. */
const halfPair = /[\uD800-\uDFFF]/u;

type Members = { readonly [name: string]: unknown };

/**
 * Says what is wrong first with a value, which JSON.parse has made; undefined: nothing.
 *
 * The verdict is that of the server's own codec, which reads the text, but for what JSON.parse hides:
 *
 * - duplicate: of a key that stands twice in one object only the last is seen; the codec refuses both.
 * - precision: a number is the nearest that a double holds. What is beyond 2^53, or has more digits, is judged as that.
 * - underflow: a number so small that it becomes 0 is judged as 0.
 * - overflow: a number so large that it becomes infinite is refused as the codec does, but accepted where any value is.
 * - encoding: bytes that are not UTF-8 never come here; a socket that receives them is closed.
 */
export function fault(types: Types, schema: Schema, value: unknown): Fault | undefined {
  return sound(value, "", 0) ?? check(types, schema, value, "");
}

/** What no type allows, wherever it stands. */
function sound(value: unknown, path: string, depth: number): Fault | undefined {
  if (typeof value === "string") return halfPair.test(value) ? { path, message: "names no character" } : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  if (depth === maxDepth) return { path, message: `is nested deeper than ${maxDepth}` };
  for (const [name, member] of Object.entries(value)) {
    if (halfPair.test(name)) return { path, message: "has a key that names no character" };
    const found = sound(member, inside(path, name), depth + 1);
    if (found) return found;
  }
  return undefined;
}

const inside = (path: string, name: string | number): string => `${path}/${String(name).replaceAll("~", "~0").replaceAll("/", "~1")}`;

function check(types: Types, schema: Schema, value: unknown, path: string): Fault | undefined {
  if (typeof schema === "string") return check(types, types[schema] as Schema, value, path);
  if (value === null && (schema.null || schema.is === "null")) return undefined;
  const wrong = (message: string): Fault => ({ path, message });
  switch (schema.is) {
    case "null":
      return wrong("must be null");
    case "ref":
      return check(types, schema.to, value, path);
    case "boolean":
      return typeof value === "boolean" ? undefined : wrong("must be a boolean");
    case "integer": {
      const digits = schema.digits && typeof value === "string" && /^[0-9]{1,16}$/.test(value);
      const number = digits ? Number(value) : value;
      if (typeof number !== "number" || !Number.isInteger(number)) return wrong("must be an integer");
      if (!schema.wide && (number < -(2 ** 63) || number >= 2 ** 63)) return wrong("must fit into 64 bits");
      if (schema.of !== undefined && number % schema.of !== 0) return wrong(`must be a multiple of ${schema.of}`);
      return range(schema, number, "");
    }
    case "number": {
      if (typeof value !== "number" || !Number.isFinite(value)) return wrong("must be a number");
      if (schema.over !== undefined && value <= schema.over) return wrong(`must be greater than ${schema.over}`);
      if (schema.under !== undefined && value >= schema.under) return wrong(`must be less than ${schema.under}`);
      if (schema.of !== undefined && !divides(schema.of, value)) return wrong(`must be a multiple of ${schema.of}`);
      return range(schema, value, "");
    }
    case "string": {
      if (typeof value !== "string") return wrong("must be a string");
      if (schema.pattern && !schema.pattern.test(value)) return wrong(`must match ${schema.pattern.source}`);
      if (schema.format && !formats[schema.format](value)) return wrong(`must be ${schema.format === "email" ? "an" : "a"} ${schema.format}`);
      return range(schema, characters(value), "character");
    }
    case "enum":
      return schema.values.includes(value as string) ? undefined : wrong(`must be one of ${schema.values.join(", ")}`);
    case "const":
      return equal(schema.value, value) ? undefined : wrong(`must be ${JSON.stringify(schema.value)}`);
    case "array":
      return array(schema);
    case "object":
      return isObject(value) ? members(types, schema, value, path) : wrong("must be an object");
    case "union": {
      if (!isObject(value)) return wrong("must be an object");
      const tag = value[schema.tag];
      const of = typeof tag === "string" && Object.hasOwn(schema.of, tag) ? schema.of[tag] : undefined;
      if (of !== undefined) return check(types, of, value, path);
      if (!Object.hasOwn(value, schema.tag)) return { path: inside(path, schema.tag), message: "is required" };
      return { path: inside(path, schema.tag), message: `must be one of ${Object.keys(schema.of).join(", ")}` };
    }
    case "raw":
      return raw(types, schema, value, path);
  }

  function range({ min = -Infinity, max = Infinity }: Range, size: number, unit: string): Fault | undefined {
    const bound = (limit: number): string => (unit === "" ? `be ${limit}` : `have ${limit} ${unit}${limit === 1 ? "" : "s"}`);
    if (size < min) return wrong(`must ${bound(min)} at least`);
    if (size > max) return wrong(`must ${bound(max)} at most`);
    return undefined;
  }

  function array({ items, unique, ...limits }: Extract<Shape, { is: "array" }>): Fault | undefined {
    if (!Array.isArray(value)) return wrong("must be an array");
    for (const [i, item] of value.entries()) {
      const found = check(types, items, item, inside(path, i));
      if (found) return found;
      if (unique && value.slice(0, i).some((other) => equal(other, item))) return { path: inside(path, i), message: "must differ from the items before it" };
    }
    return range(limits, value.length, "item");
  }
}

function members(types: Types, schema: ObjectShape, value: Members, path: string): Fault | undefined {
  const { fields = {}, required = [], extra, closed, names, loose } = schema;
  const present = new Set(Object.keys(value));
  for (const name of Object.keys(value)) {
    const at = inside(path, name);
    const wrongName = names && check(types, names, name, at);
    if (wrongName) return wrongName;
    const own = Object.hasOwn(fields, name);
    const type = own ? fields[name] : extra;
    if (!own && closed) return { path: at, message: "is not known" };
    if (type === undefined) continue;
    const found = check(types, type, value[name], at);
    if (own && loose && value[name] === null && found) present.delete(name);
    else if (found) return found;
  }
  for (const name of required) if (!present.has(name)) return { path: inside(path, name), message: "is required" };
  const count = Object.keys(value).length;
  if (count < (schema.min ?? 0)) return { path, message: `must have ${schema.min} members at least` };
  if (count > (schema.max ?? Infinity)) return { path, message: `must have ${schema.max} members at most` };
  return undefined;
}

function raw(types: Types, schema: RawShape, value: unknown, path: string): Fault | undefined {
  if (schema.any) return undefined;
  if (schema.enum && !schema.enum.some((one) => equal(one, value))) return { path, message: "must be one of the values listed" };
  const type = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
  const accepted = type === "null" ? schema.null : schema[type as "boolean" | "number" | "string" | "array" | "object"];
  if (accepted === undefined) return schema.enum ? undefined : { path, message: `must not be of type ${type}` };
  return accepted === true ? undefined : check(types, accepted, value, path);
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The number of code points. */
function characters(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >> 10 === 0x36) count--; // the first half of a pair
  return count;
}

/** Equal as JSON Schema compares. */
function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equal((a as Members)[key], (b as Members)[key]));
}

/** Whether value is a multiple of a decimal number, exactly, each as it is written. */
function divides(of: string, value: number): boolean {
  const [divisor, tens] = decimal(of);
  const [digits, power] = decimal(String(value));
  const common = Math.min(tens, power);
  if (tens - common > 400) return digits === 0n; // smaller by more than any number has digits
  return (digits * 10n ** BigInt(power - common)) % (divisor * 10n ** BigInt(tens - common)) === 0n;
}

/** A decimal number as an integer and the power of ten that it is to be multiplied with. */
function decimal(text: string): [bigint, number] {
  const [mantissa = "", exponent = "0"] = text.toLowerCase().split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  return [BigInt(whole + fraction), Number(exponent) - fraction.length];
}
