#include "config/pipeline.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "config/key_template.h"
#include "config/node_reader.h"
#include "config/quantity.h"
#include "config/uri.h"
#include "config/yaml_node.h"

namespace syncline::config {

namespace {

Result<std::string> contents_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream contents;
  if (!file || std::filesystem::is_directory(path) || !(contents << file.rdbuf()))
    return invalid("cannot read " + path.string() + ": " +
                   (errno != 0 ? std::strerror(errno) : "it is no file or empty"));
  return contents.str();
}

/// The first line of a password file, whose name is relative to the pipeline file.
Result<Secret> password_from(const YamlNode& node, const std::string& pipeline_path) {
  const auto path = std::filesystem::path(pipeline_path).parent_path() / TRY(node.text());
  const auto contents = contents_of(path);
  if (!contents.ok()) return node.refuse(contents.error().within(node.name()));
  std::string line = contents->substr(0, contents->find('\n'));
  if (line.ends_with('\r')) line.pop_back();
  if (line.empty())
    return node.refuse(node.name() + ": " + path.string() + " has an empty first line",
                       "write the password there");
  return Secret(std::move(line));
}

/// `uri` and `password_file` of a map.
Result<Endpoint> read_endpoint(const YamlMap& map, std::string_view scheme,
                               const std::string& path) {
  const YamlNode uri = TRY(map.require("uri"));
  auto endpoint = parse_uri(TRY(uri.written()), scheme);
  if (!endpoint.ok()) return uri.refuse(endpoint.error().within(uri.name()));
  if (const YamlNode* file = map.find("password_file")) {
    if (!endpoint->password.empty())
      return file->refuse(map.self().name() + " has a password in its uri and a password_file",
                          "give one of the two");
    endpoint->password = TRY(password_from(*file, path));
  }
  return endpoint;
}

Result<document::PipelineName> read_name(const YamlNode& node) {
  const std::string name = TRY(node.text());
  const bool is_good = name.size() <= 32 && std::ranges::all_of(name, [](char c) {
                         return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
                       });
  if (!is_good)
    return node.refuse("name \"" + name + "\" is not allowed",
                       "use up to 32 of a-z, 0-9 and _: it becomes the MySQL schema "
                       "syncline_NAME");
  return document::PipelineName(name);
}

Result<SourceConfig> read_source(const YamlNode& node, const std::string& path) {
  const YamlMap map = TRY(node.map({"uri", "password_file", "installer", "server_name"}));
  SourceConfig source;
  source.endpoint = TRY(read_endpoint(map, "mysql", path));
  source.server_name = TRY(map.text_or_empty("server_name"));
  if (const YamlNode* installer = map.find("installer")) {
    source.installer =
        TRY(read_endpoint(TRY(installer->map({"uri", "password_file"})), "mysql", path));
    if (source.installer->database != source.endpoint.database)
      return installer->refuse("source.installer names the database " + source.installer->database +
                                   ", but source names " + source.endpoint.database,
                               "name the same one");
  }
  return source;
}

Result<MongoConfig> read_mongodb(const YamlNode& node, const std::string& path) {
  const YamlMap map = TRY(node.map({"uri", "password_file"}));
  MongoConfig mongodb;
  mongodb.endpoint = TRY(read_endpoint(map, "mongodb", path));
  mongodb.uri = TRY(driver_uri(TRY(map.find("uri")->written()), mongodb.endpoint));
  return mongodb;
}

Result<uint64_t> read_ttl_seconds(const YamlNode& node) {
  const auto milliseconds = parse_duration_ms(TRY(node.text()));
  if (!milliseconds.ok()) return node.refuse(milliseconds.error().within(node.name()));
  if (*milliseconds % 1000 != 0)
    return node.refuse(node.name() + " is no whole number of seconds", "write for example 1h");
  return *milliseconds / 1000;
}

Result<RedisConfig> read_redis(const YamlNode& node, const std::string& path,
                               const std::vector<document::DocumentDefinition>& documents) {
  const YamlMap map = TRY(node.map({"uri", "password_file", "key", "as", "ttl"}));
  RedisConfig redis;
  redis.endpoint = TRY(read_endpoint(map, "redis", path));
  redis.key_template = "{document}:{key}";
  if (const YamlNode* key = map.find("key")) {
    redis.key_template = TRY(key->text());
    std::vector<document::DocumentName> names;
    for (const auto& document : documents) names.push_back(document.name);
    const auto checked = check_key_template(redis.key_template, names);
    if (!checked.ok()) return key->refuse(checked.error().within(key->name()));
  }
  if (const YamlNode* form = map.find("as")) {
    const std::string word = TRY(form->text());
    if (word != "hash" && word != "json")
      return form->refuse("a Redis record cannot be a \"" + word + "\"", "write hash or json");
    redis.form = word == "json" ? RedisForm::kJson : RedisForm::kHash;
  }
  if (const YamlNode* ttl = map.find("ttl")) redis.ttl_seconds = TRY(read_ttl_seconds(*ttl));
  return redis;
}

Result<void> read_targets(const YamlNode& node, Pipeline& pipeline) {
  const YamlMap map = TRY(node.map({"mongodb", "redis"}));
  if (const YamlNode* mongodb = map.find("mongodb"))
    pipeline.mongodb = TRY(read_mongodb(*mongodb, pipeline.path));
  if (const YamlNode* redis = map.find("redis"))
    pipeline.redis = TRY(read_redis(*redis, pipeline.path, pipeline.documents));
  if (!pipeline.mongodb && !pipeline.redis)
    return node.refuse("targets is empty", "name mongodb, redis or both");
  return {};
}

Result<void> read_options(const YamlNode& node, Options& options) {
  for (const auto& [name, value] : TRY(node.entries())) {
    if (value.is_map())
      return value.refuse("options are written with a dot, not as a map",
                          "write for example \"snapshot.workers: 4\"");
    const auto was_set = set_option(options, name, TRY(value.text()));
    if (!was_set.ok()) return value.refuse(was_set.error());
  }
  if (options.stream_poll_min > options.stream_poll_max)
    return node.refuse("stream.poll_min is longer than stream.poll_max", "shorten it");
  // A removal that is forgotten before the fence falls could be undone by a frozen writer.
  if (options.age_fence * 2 > std::min(options.redis_tombstone_ttl, options.mongodb_tombstone_ttl))
    return node.refuse("age_fence is more than half of a tombstone_ttl",
                       "shorten age_fence, or lengthen redis.tombstone_ttl and "
                       "mongodb.tombstone_ttl");
  return {};
}

Result<void> check_transport(const YamlMap& file) {
  if (const YamlNode* transport = file.find("transport")) {
    const std::string word = TRY(transport->text());
    if (word == "kafka") return transport->refuse("transport kafka is not there yet", "use direct");
    if (word != "direct")
      return transport->refuse("there is no transport \"" + word + "\"", "use direct");
  }
  if (const YamlNode* kafka = file.find("kafka"))
    return kafka->refuse("transport kafka is not there yet", "remove kafka:");
  return {};
}

}  // namespace

Result<Pipeline> load_pipeline(const std::string& path) {
  errno = 0;
  const auto contents = contents_of(path);
  if (!contents.ok()) return invalid(contents.error().message(), "name the pipeline file with -f");
  return parse_pipeline(*contents, path);
}

Result<Pipeline> parse_pipeline(const std::string& text, const std::string& path) {
  const YamlNode root = TRY(YamlNode::parse(text, path));
  const YamlMap file =
      TRY(root.map({"name", "source", "documents", "targets", "transport", "kafka", "options"}));
  Pipeline pipeline;
  pipeline.path = path;
  pipeline.name = TRY(read_name(TRY(file.require("name"))));
  pipeline.source = TRY(read_source(TRY(file.require("source")), path));
  pipeline.documents = TRY(read_documents(TRY(file.require("documents"))));
  TRY(read_targets(TRY(file.require("targets")), pipeline));
  TRY(check_transport(file));
  if (const YamlNode* options = file.find("options")) TRY(read_options(*options, pipeline.options));
  return pipeline;
}

}  // namespace syncline::config
