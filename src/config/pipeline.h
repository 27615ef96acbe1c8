#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "config/options.h"
#include "document/definition.h"
#include "document/ids.h"

namespace syncline::config {

/// A server's address, taken apart from its URI. The password comes from password_file or
/// ${ENVIRONMENT}, never from argv.
struct Endpoint {
  std::string scheme;  ///< "mysql", "mongodb", "redis"
  std::string host;    ///< empty when socket is given
  int port = 0;        ///< the scheme's default when the URI has none
  std::string socket;  ///< ?socket=/path; else empty
  std::string user;
  Secret password;
  std::string database;  ///< the path: MySQL database, MongoDB database, Redis database number
  std::string
      query;  ///< what follows '?', without socket: passed to the driver where it has such options

  /// "mysql://user@host:port/database": never the password.
  std::string display() const;
};

struct SourceConfig {
  Endpoint endpoint;
  std::optional<Endpoint>
      installer;  ///< account that may create triggers and the schema; absent: the same account
  std::string server_name;  ///< identity of a MariaDB server, if the user wants to name it
};

struct MongoConfig {
  Endpoint endpoint;
  std::string uri;  ///< as written, for the driver, password filled in: a secret
};

enum class RedisForm { kHash, kJson };

struct RedisConfig {
  Endpoint endpoint;
  std::string key_template;  ///< "{document}:{key}"
  RedisForm form = RedisForm::kHash;
  uint64_t ttl_seconds = 0;  ///< 0: records do not expire
};

/// One pipeline file, checked as far as it can be without any server.
struct Pipeline {
  document::PipelineName name;
  SourceConfig source;
  std::vector<document::DocumentDefinition> documents;
  std::optional<MongoConfig> mongodb;
  std::optional<RedisConfig> redis;
  Options options;   ///< `options:` of the file, defaults elsewhere
  std::string path;  ///< of the file, for messages
};

/// Reads and checks a pipeline file. Errors are kInvalid, all of the form
/// "pipeline.yaml:LINE:COLUMN: what is wrong; hint": unknown key (with the nearest known one),
/// duplicate key, wrong type, bad unit, missing key, unset ${VARIABLE}, unreadable password file,
/// bad name, bad URI, key template that is not invertible or overlaps.
Result<Pipeline> load_pipeline(const std::string& path);

/// The same from text; `path` is for messages and for relative password files.
Result<Pipeline> parse_pipeline(const std::string& text, const std::string& path);

}  // namespace syncline::config
