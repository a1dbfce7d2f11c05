// Has Node find every name below `localhost` at 127.0.0.1, as RFC 6761 wants it and as systemd-resolved does; the C library of
// itself does not. For the process that imports this, and by NODE_OPTIONS for those that it starts.
import dns from "node:dns";

const { lookup } = dns;

dns.lookup = (name, ...rest) => {
  const answer = rest.at(-1);
  const options = typeof rest[0] === "object" && rest[0] !== null ? rest[0] : {};
  if (!name.endsWith(".localhost")) return lookup(name, ...rest);
  const here = { address: "127.0.0.1", family: 4 };
  process.nextTick(() => (options.all === true ? answer(null, [here]) : answer(null, here.address, here.family)));
  return {};
};
