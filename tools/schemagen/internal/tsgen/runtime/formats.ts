/** The forms of strings that JSON Schema draft-07, section 7.3, names, as far as a protocol can use them. */
export const formats = { "date-time": isDateTime, uuid: isUUID, uri: isURI, email: isEmail };

/** A date-time of RFC 3339, section 5.6. A leap second is accepted where one can stand: in the last minute of a day in UTC. */
function isDateTime(text: string): boolean {
  const parts = /^(\d{4})-(\d\d)-(\d\d)t(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:z|([+-])(\d\d):(\d\d))$/i.exec(text);
  if (parts === null) return false;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1, 7).map(Number);
  const [offsetHour, offsetMinute] = [Number(parts[8] ?? 0), Number(parts[9] ?? 0)];
  if (hour > 23 || minute > 59 || second > 60 || offsetHour > 23 || offsetMinute > 59) return false;
  const leapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = [31, leapYear ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
  if (days === undefined || day < 1 || day > days) return false;
  if (second < 60) return true;
  const offset = (offsetHour * 60 + offsetMinute) * (parts[7] === "-" ? -1 : 1);
  const minutes = hour * 60 + minute - offset;
  return (minutes + 2 * 1440) % 1440 === 1439;
}

/** A UUID in the notation of RFC 4122, section 3. */
function isUUID(text: string): boolean {
  return /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text);
}

/** A URI of RFC 3986, with a scheme. */
function isURI(text: string): boolean {
  const parts = /^([a-z][a-z0-9+.-]*):(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/i.exec(text);
  if (parts === null || /[^!-~]|["<>\\^`{|}]/.test(text)) return false;
  const [, , authority, path = "", queryPart = "", fragment = ""] = parts;
  if (/[[\]]/.test(path + queryPart + fragment) || badEscape(path) || badEscape(fragment)) return false;
  if (path === "" && authority === undefined && queryPart === "" && fragment === "" && !/[?#]/.test(text)) return true;
  return authority === undefined || isAuthority(authority);
}

/** Whether a percent sign stands before anything but two hexadecimal digits. */
const badEscape = (text: string): boolean => /%(?![0-9a-f]{2})/i.test(text);

function isAuthority(text: string): boolean {
  const at = text.lastIndexOf("@");
  if (at >= 0 && (/[^a-z0-9\-._:~!$&'()*+,;=%@]/i.test(text.slice(0, at)) || badEscape(text.slice(0, at)))) return false;
  const host = text.slice(at + 1);
  const address = /^\[([^\]]*)\](?::\d*)?$/.exec(host);
  if (address) return isIPv6(address[1] ?? "");
  if (/[[\]]/.test(host) || badEscape(host) || /%(?![89a-f])/i.test(host)) return false;
  return !host.includes(":") || /^[^:]*:\d*$/.test(host);
}

/** An address of RFC 4291, section 2.2. */
function isIPv6(text: string): boolean {
  const v4 = /^(.*:)(\d+(?:\.\d+){3})$/.exec(text);
  if (v4 && !isIPv4(v4[2] ?? "")) return false;
  const [head = "", tail, ...more] = (v4 ? `${v4[1]}0:0` : text).split("::");
  const groups = [head, tail ?? ""].flatMap((part) => (part === "" ? [] : part.split(":")));
  if (more.length > 0 || !groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return false;
  return tail === undefined ? groups.length === 8 : groups.length < 8;
}

function isIPv4(text: string): boolean {
  return /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/.test(text);
}

/** An addr-spec of RFC 5322, section 3.4.1, within the lengths of RFC 5321, section 4.5.3.1. */
function isEmail(text: string): boolean {
  const at = text.lastIndexOf("@");
  const bytes = (part: string): number => new TextEncoder().encode(part).length;
  if (at < 1 || bytes(text.slice(0, at)) > 64 || bytes(text) > 254) return false;
  const [local, domain] = [text.slice(0, at), text.slice(at + 1)];
  const literal = /^\[(IPv6:)?(.*)\]$/.exec(domain);
  if (literal ? !(literal[1] ? isIPv6 : isIPv4)(literal[2] ?? "") : !isHostname(domain)) return false;
  return /^(?:[^\x00-\x20\x7f()<>[\]:;@\\,."]+(?:\.[^\x00-\x20\x7f()<>[\]:;@\\,."]+)*|"(?:[^"\\\x00-\x08\x0a-\x1f\x7f]|\\[\x09\x20-\x7e])*")$/.test(local);
}

/** A host name of RFC 1034, section 3.1, as RFC 1123, section 2.1, widens it. */
function isHostname(text: string): boolean {
  const name = text.replace(/\.$/, "");
  return name.length <= 253 && name.split(".").every((label) => /^(?!-)[a-z0-9-]{1,63}(?<!-)$/i.test(label));
}
