#include "config/uri.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>
#include <optional>
#include <vector>

#include "base/text.h"
#include "config/environment.h"

namespace syncline::config {

namespace {

/// A URI cut at its separators; nothing is decoded.
struct Parts {
  std::string scheme;
  std::string userinfo;
  std::string hosts;
  std::string path;
  std::string query;
};

/// A URI that is one ${NAME} is cut after it was replaced; otherwise each part is replaced by
/// itself, so that a password may hold separators.
Result<std::string> written(std::string_view uri) {
  const bool is_variable = uri.starts_with("${") && uri.find('}') == uri.size() - 1;
  return is_variable ? expand(uri) : std::string(uri);
}

Result<Parts> cut(std::string_view uri, std::string_view scheme) {
  const std::string example = std::string(scheme) + "://user@host:port/database";
  const size_t colon = uri.find("://");
  if (colon == std::string_view::npos) return invalid("the URI has no scheme", "write " + example);
  Parts parts;
  parts.scheme = uri.substr(0, colon);
  const bool is_known =
      parts.scheme == scheme || (scheme == "mongodb" && parts.scheme == "mongodb+srv");
  if (parts.scheme == "rediss")
    return invalid("TLS to Redis (rediss://) is not there yet", "write " + example);
  if (!is_known)
    return invalid("the URI's scheme is not " + std::string(scheme), "write " + example);
  std::string_view rest = uri.substr(colon + 3);
  const size_t at = rest.substr(0, rest.find_first_of("/?")).rfind('@');
  if (at != std::string_view::npos) {
    parts.userinfo = rest.substr(0, at);
    rest.remove_prefix(at + 1);
  }
  const size_t question = std::min(rest.find('?'), rest.size());
  parts.query = rest.substr(std::min(question + 1, rest.size()));
  rest = rest.substr(0, question);
  const size_t slash = std::min(rest.find('/'), rest.size());
  parts.hosts = rest.substr(0, slash);
  parts.path = rest.substr(std::min(slash + 1, rest.size()));
  return parts;
}

Result<void> read_host(const std::string& hosts, Endpoint& endpoint) {
  if (hosts.find(',') != std::string::npos) {  // several, for the MongoDB driver
    if (!endpoint.scheme.starts_with("mongodb"))
      return invalid("the URI names several hosts", "name one");
    endpoint.host = hosts;
    endpoint.port = 0;
    return {};
  }
  const size_t bracket = hosts.starts_with('[') ? hosts.find(']') : 0;
  if (bracket == std::string::npos) return invalid("the URI's host has no closing ]");
  const size_t colon = hosts.find(':', bracket);
  endpoint.host = bracket > 0 ? hosts.substr(1, bracket - 1) : hosts.substr(0, colon);
  if (colon == std::string::npos) return {};
  const std::string_view port = std::string_view(hosts).substr(colon + 1);
  const auto parsed = std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
  if (parsed.ec != std::errc() || parsed.ptr != port.data() + port.size() || endpoint.port < 1 ||
      endpoint.port > 65535)
    return invalid("the URI's port is no number from 1 to 65535");
  return {};
}

Result<void> read_query(const std::string& query, Endpoint& endpoint) {
  std::vector<std::string> others;
  for (const std::string& pair : split(query, '&')) {
    if (pair.starts_with("socket="))
      endpoint.socket = TRY(expand(pair.substr(7), true));
    else if (!pair.empty())
      others.push_back(TRY(expand(pair)));
  }
  endpoint.query = join(others, "&");
  return {};
}

Result<void> check(const Endpoint& endpoint) {
  if (endpoint.host.empty() == endpoint.socket.empty())
    return endpoint.host.empty() ? invalid("the URI names neither a host nor ?socket=/path")
                                 : invalid("the URI names a host and a socket",
                                           "leave the host empty, or remove "
                                           "?socket=");
  if (endpoint.scheme == "redis") {
    const bool is_number =
        endpoint.database.size() < 6 &&
        std::ranges::all_of(endpoint.database, [](char c) { return c >= '0' && c <= '9'; });
    if (!is_number)
      return invalid("the URI's path is no database number", "write redis://host:6379/0");
  } else if (endpoint.database.empty()) {
    return invalid("the URI names no database",
                   "write " + endpoint.scheme + "://host:port/DATABASE");
  }
  return {};
}

std::string encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_plain =
        std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.' || c == '~';
    out += is_plain ? std::string(1, c) : "%" + hex({&c, 1});
  }
  return out;
}

int default_port(std::string_view scheme) {
  if (scheme == "mysql") return 3306;
  return scheme == "redis" ? 6379 : 27017;
}

}  // namespace

Result<Endpoint> parse_uri(std::string_view uri, std::string_view scheme) {
  const Parts parts = TRY(cut(TRY(written(uri)), scheme));
  Endpoint endpoint{.scheme = parts.scheme, .port = default_port(parts.scheme)};
  const size_t colon = std::min(parts.userinfo.find(':'), parts.userinfo.size());
  endpoint.user = TRY(expand(parts.userinfo.substr(0, colon), true));
  if (colon < parts.userinfo.size())
    endpoint.password = Secret(TRY(expand(parts.userinfo.substr(colon + 1), true)));
  TRY(read_host(TRY(expand(parts.hosts, true)), endpoint));
  endpoint.database = TRY(expand(parts.path, true));
  if (endpoint.scheme == "redis" && endpoint.database.empty()) endpoint.database = "0";
  TRY(read_query(parts.query, endpoint));
  TRY(check(endpoint));
  return endpoint;
}

bool has_written_password(std::string_view uri) {
  const size_t scheme = uri.find("://");
  const size_t at = uri.rfind('@');
  if (scheme == std::string_view::npos || at == std::string_view::npos) return false;
  const std::string_view userinfo = uri.substr(scheme + 3, at - scheme - 3);
  const size_t colon = userinfo.find(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view password = userinfo.substr(colon + 1);
  return !(password.starts_with("${") && password.find('}') == password.size() - 1);
}

Result<std::string> driver_uri(std::string_view uri, const Endpoint& endpoint) {
  const Parts parts = TRY(cut(TRY(written(uri)), "mongodb"));
  std::string out = parts.scheme + "://";
  if (!endpoint.user.empty()) {
    out += encode(endpoint.user);
    if (!endpoint.password.empty()) out += ":" + encode(endpoint.password.reveal());
    out += '@';
  }
  out += TRY(expand(parts.hosts)) + "/" + TRY(expand(parts.path));
  if (!parts.query.empty()) out += "?" + TRY(expand(parts.query));
  return out;
}

std::string Endpoint::display() const {
  std::string out = scheme + "://" + (user.empty() ? "" : user + "@");
  const bool is_ipv6 = host.find(':') != std::string::npos && host.find(',') == std::string::npos;
  if (socket.empty()) {
    out += is_ipv6 ? "[" + host + "]" : host;
    if (port != 0) out += ":" + std::to_string(port);
  }
  out += "/" + database;
  if (!socket.empty()) out += "?socket=" + socket;
  return out;
}

}  // namespace syncline::config
