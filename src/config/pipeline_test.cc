#include "config/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace syncline::config {
namespace {

using document::NodeKind;
using testing::ElementsAre;

const std::string kSource =
    "name: shop\n"
    "source: { uri: mysql://app@127.0.0.1/shop }\n";
const std::string kEverything = R"(
name: shop_1
source:
  uri: mysql://app:pw@db:3307/shop
  installer: { uri: "mysql://root@db:3307/shop" }
  server_name: db-1
documents:
  customers:
    table: clients
    fields:
      - "*"
      - full_name: CONCAT(first_name, ' ', last_name)
    where: deleted = 0
    embed:
      country: { table: countries, key: country_code, references: code }
      orders:
        link: [customer_id, region]
        order_by: placed_at desc
        fields: [id, total]
        where: total > 0
        embed: { items: { table: order_items, link: order_id } }
  products:
targets:
  mongodb: { uri: mongodb://m/shop }
  redis: { uri: redis://r, key: "x:{document}:{key}", as: json, ttl: 1h }
transport: direct
options:
  snapshot.workers: 4
)";
const std::string kTargets = "targets: { redis: { uri: redis://127.0.0.1 } }\n";

Pipeline parsed(const std::string& text) {
  auto pipeline = parse_pipeline(text, "p.yaml");
  EXPECT_TRUE(pipeline.ok()) << pipeline.error().text();
  return pipeline.ok() ? *std::move(pipeline) : Pipeline{};
}

std::string refusal(const std::string& text) {
  const auto pipeline = parse_pipeline(text, "p.yaml");
  if (pipeline.ok()) return "no refusal";
  EXPECT_EQ(pipeline.error().kind(), ErrorKind::kInvalid);
  return pipeline.error().text();
}

/// Line 3 is "documents:", the documents begin in line 4.
std::string refused_documents(const std::string& documents) {
  return refusal(kSource + "documents:\n" + documents + kTargets);
}

std::string refused_tail(const std::string& tail) {
  return refusal(kSource + "documents: { customers: }\n" + tail);
}

/// A file that is gone with the test.
class TemporaryFile {
 public:
  TemporaryFile(const std::string& name, const std::string& contents)
      : path_(std::filesystem::path(testing::TempDir()) / (std::to_string(getpid()) + name)) {
    std::ofstream(path_) << contents;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  std::string path() const { return path_.string(); }
  std::string name() const { return path_.filename().string(); }

 private:
  const std::filesystem::path path_;
};

TEST(Pipeline, ReadsEverythingThatCanBeSaid) {
  const Pipeline pipeline = parsed(kEverything);
  EXPECT_EQ(pipeline.name.value, "shop_1");
  EXPECT_EQ(pipeline.source.endpoint.display(), "mysql://app@db:3307/shop");
  EXPECT_EQ(pipeline.source.endpoint.password.reveal(), "pw");
  EXPECT_EQ(pipeline.source.installer->user, "root");
  EXPECT_EQ(pipeline.source.server_name, "db-1");
  EXPECT_EQ(pipeline.mongodb->uri, "mongodb://m/shop");
  EXPECT_EQ(pipeline.redis->key_template, "x:{document}:{key}");
  EXPECT_EQ(pipeline.redis->form, RedisForm::kJson);
  EXPECT_EQ(pipeline.redis->ttl_seconds, 3600u);
  EXPECT_EQ(pipeline.options.snapshot_workers, 4u);
  ASSERT_EQ(pipeline.documents.size(), 2u);
  const auto& customers = pipeline.documents[0].root;
  EXPECT_EQ(customers.table.value, "clients");
  EXPECT_EQ(customers.where, "deleted = 0");
  ASSERT_EQ(customers.fields.size(), 2u);
  EXPECT_EQ(customers.fields[0].name, "*");
  EXPECT_EQ(customers.fields[1].name, "full_name");
  EXPECT_EQ(customers.fields[1].expression, "CONCAT(first_name, ' ', last_name)");
  EXPECT_EQ(customers.fields[1].at.line, 12);
  EXPECT_EQ(customers.fields[1].at.column, 9);
  ASSERT_EQ(customers.embed.size(), 2u);
  const auto& country = customers.embed[0];
  EXPECT_EQ(country.kind, NodeKind::kToOne);
  EXPECT_THAT(country.columns, ElementsAre("country_code"));
  EXPECT_THAT(country.references, ElementsAre("code"));
  const auto& orders = customers.embed[1];
  EXPECT_EQ(orders.kind, NodeKind::kToMany);
  EXPECT_EQ(orders.table.value, "orders");
  EXPECT_THAT(orders.columns, ElementsAre("customer_id", "region"));
  EXPECT_THAT(orders.order_by, ElementsAre("placed_at desc"));
  EXPECT_EQ(orders.fields.size(), 2u);
  EXPECT_EQ(orders.at.line, 16);
  EXPECT_EQ(orders.embed[0].table.value, "order_items");
}

TEST(Pipeline, ADocumentWithoutContentIsTheTableOfItsName) {
  const Pipeline pipeline = parsed(kSource + "documents: { customers: }\n" + kTargets);
  EXPECT_EQ(pipeline.documents[0].name.value, "customers");
  EXPECT_EQ(pipeline.documents[0].root.table.value, "customers");
  EXPECT_TRUE(pipeline.documents[0].root.fields.empty());
  EXPECT_EQ(pipeline.redis->key_template, "{document}:{key}");
  EXPECT_EQ(pipeline.redis->form, RedisForm::kHash);
}

TEST(Pipeline, TakesValuesFromTheEnvironment) {
  setenv("SYNCLINE_TEST_TABLE", "clients", 1);
  const Pipeline pipeline =
      parsed(kSource +
             "documents: { c: { table: \"${SYNCLINE_TEST_TABLE}\", where: \"a <> '$${b}'\" } }\n" +
             kTargets);
  EXPECT_EQ(pipeline.documents[0].root.table.value, "clients");
  EXPECT_EQ(pipeline.documents[0].root.where, "a <> '${b}'");
}

TEST(Pipeline, TakesPasswordsFromFilesBesideIt) {
  const TemporaryFile password("password", "p@ss word\n\nignored\n");
  const std::string text =
      "name: shop\nsource: { uri: mysql://app@h/shop, password_file: " + password.name() +
      " }\ndocuments: { c: }\ntargets: { mongodb: { uri: "
      "mongodb://app@h/shop, password_file: " +
      password.path() + " } }\n";
  const TemporaryFile file("pipeline.yaml", text);
  const auto pipeline = load_pipeline(file.path());
  ASSERT_TRUE(pipeline.ok()) << pipeline.error().text();
  EXPECT_EQ(pipeline->source.endpoint.password.reveal(), "p@ss word");
  EXPECT_EQ(pipeline->mongodb->uri, "mongodb://app:p%40ss%20word@h/shop");
  EXPECT_EQ(pipeline->path, file.path());
}

TEST(PipelineRefuses, FilesThatCannotBeRead) {
  const auto pipeline = load_pipeline("/nowhere/p.yaml");
  EXPECT_EQ(pipeline.error().text(),
            "cannot read /nowhere/p.yaml: No such file or directory; name the pipeline file with "
            "-f");
  EXPECT_EQ(refusal(""), "p.yaml: the file is empty; examples/shop.yaml shows one");
}

TEST(PipelineRefuses, FilesThatAreCutOffNamingThem) {
  for (size_t size = 0; size < kEverything.find("targets:"); ++size) {
    EXPECT_EQ(refusal(kEverything.substr(0, size)).find("p.yaml:"), 0u) << size;
  }
}

TEST(PipelineRefuses, BadYaml) {
  EXPECT_EQ(refused_documents("  a: { fields: [*] }\n"),
            "p.yaml:4:18: alias not found after *; put a * into quotes: \"*\"");
  EXPECT_EQ(refused_documents("  a:\n    where: x: y\n"),
            "p.yaml:5:13: illegal map value; indent with blanks only, and put text that holds "
            "\": \" into quotes");
  EXPECT_EQ(refusal("a: 1\n---\nb: 2\n"),
            "p.yaml:3:1: a second YAML document begins here; write one pipeline to a file");
  EXPECT_EQ(refusal("- a\n"), "p.yaml:1:1: the pipeline file must be a map of names to values");
}

TEST(PipelineRefuses, UnknownKeysWithTheNearestKnownOne) {
  EXPECT_EQ(refusal("name: x\nsorce: y\n"),
            "p.yaml:2:1: unknown key \"sorce\" in the pipeline file; did you mean \"source\"?");
  EXPECT_EQ(refused_documents("  a:\n    tabel: b\n"),
            "p.yaml:5:5: unknown key \"tabel\" in documents.a; did you mean \"table\"?");
  EXPECT_EQ(refused_documents("  a: { embed: { b: { link: c, ordr_by: d } } }\n"),
            "p.yaml:4:31: unknown key \"ordr_by\" in documents.a.embed.b; did you mean "
            "\"order_by\"?");
  EXPECT_EQ(refused_documents("  a: { primary: b }\n"),
            "p.yaml:4:8: unknown key \"primary\" in documents.a; known are table, fields, where, "
            "embed");
}

TEST(PipelineRefuses, DuplicateKeys) {
  EXPECT_EQ(refused_documents("  a:\n  b:\n  a:\n"),
            "p.yaml:6:3: key \"a\" stands here a second time in documents; remove one of the two");
  EXPECT_EQ(refused_documents("  a:\n    where: x\n    where: y\n"),
            "p.yaml:6:5: key \"where\" stands here a second time in documents.a; remove one of the "
            "two");
}

TEST(PipelineRefuses, WhatIsMissing) {
  EXPECT_EQ(refusal("name: x\n"), "p.yaml:1:1: the pipeline file has no \"source\"; add it");
  EXPECT_EQ(refusal("name: x\nsource: { server_name: y }\n"),
            "p.yaml:2:1: source has no \"uri\"; add it");
  EXPECT_EQ(refusal("name:\nsource: x\n"),
            "p.yaml:1:1: name is empty; give it a value or remove it");
  EXPECT_EQ(refusal(kSource + "documents:\n" + kTargets), "p.yaml:3:1: documents is empty");
  EXPECT_EQ(refusal(kSource + "documents: {}\n" + kTargets),
            "p.yaml:3:1: documents is empty; name at least one table");
  EXPECT_EQ(refused_tail("targets: {}\n"),
            "p.yaml:4:1: targets is empty; name mongodb, redis or both");
  EXPECT_EQ(refused_documents("  a: { fields: [] }\n"),
            "p.yaml:4:8: documents.a.fields is empty; list at least one, or remove it");
  EXPECT_EQ(refused_documents("  a: { where: '' }\n"),
            "p.yaml:4:8: documents.a.where is empty; give it a value or remove it");
}

TEST(PipelineRefuses, ValuesOfTheWrongForm) {
  EXPECT_EQ(refusal("name: [x]\n"), "p.yaml:1:1: name must be one value");
  EXPECT_EQ(refused_documents("  a: b\n"),
            "p.yaml:4:3: documents.a must be a map of names to values");
  EXPECT_EQ(refused_documents("  a: { fields: { b: c } }\n"),
            "p.yaml:4:8: documents.a.fields must be a list; begin each field with a dash: "
            "\"- name: SQL\"");
  EXPECT_EQ(refused_documents("  a: { embed: { b: { link: { c: d } } } }\n"),
            "p.yaml:4:22: documents.a.embed.b.link must be a list");
  EXPECT_EQ(refused_documents("  ? [a]\n  : b\n"), "p.yaml:4:5: a key must be a word");
}

TEST(PipelineRefuses, EmbeddingThatIsUnclear) {
  const std::string hint =
      "; key: for one row (a column of the parent), link: for an array (a column of the embedded "
      "table)";
  EXPECT_EQ(refused_documents("  a:\n    embed:\n      b: { table: c }\n"),
            "p.yaml:6:7: documents.a.embed.b has neither key: nor link:" + hint);
  EXPECT_EQ(refused_documents("  a:\n    embed:\n      b: { key: c, link: d }\n"),
            "p.yaml:6:7: documents.a.embed.b has both key: and link:" + hint);
  EXPECT_EQ(refused_documents("  a: { embed: &e { b: { link: c, embed: *e } } }\n"),
            "p.yaml:4:20: documents.a.embed.b.embed.b.embed.b.embed.b.embed.b.embed.b.embed.b."
            "embed.b.embed.b is more than 8 levels deep; remove the deepest levels");
}

TEST(PipelineRefuses, Names) {
  EXPECT_EQ(refusal("name: Shop\n"),
            "p.yaml:1:1: name \"Shop\" is not allowed; use up to 32 of a-z, 0-9 and _: it becomes "
            "the MySQL schema syncline_NAME");
  EXPECT_EQ(refused_documents("  a.b:\n"),
            "p.yaml:4:3: document name \"a.b\" is not allowed; use up to 64 letters, digits, _ and "
            "-");
  EXPECT_EQ(refused_documents("  syncline_state:\n"),
            "p.yaml:4:3: document name \"syncline_state\" is not allowed; names that begin with "
            "\"syncline\" are Syncline's own");
}

TEST(PipelineRefuses, BadAddressesWithoutShowingThem) {
  EXPECT_EQ(refusal("name: x\nsource: { uri: \"mysql://u:secret@h:x/d\" }\n"),
            "p.yaml:2:11: source.uri: the URI's port is no number from 1 to 65535");
  EXPECT_EQ(refusal("name: x\nsource: { uri: \"mysql://u@h/d\", password_file: /nowhere/pw }\n"),
            "p.yaml:2:33: source.password_file: cannot read /nowhere/pw: No such file or "
            "directory");
  const TemporaryFile empty("empty", "\nsecret\n");
  EXPECT_EQ(
      refusal("name: x\nsource: { uri: \"mysql://u@h/d\", password_file: " + empty.path() + " }\n"),
      "p.yaml:2:33: source.password_file: " + empty.path() +
          " has an empty first line; write the password there");
  EXPECT_EQ(refusal("name: x\nsource: { uri: \"mysql://u:secret@h/d\", password_file: pw }\n"),
            "p.yaml:2:40: source has a password in its uri and a password_file; give one of the "
            "two");
  EXPECT_EQ(refusal("name: x\nsource: { uri: \"mysql://u@h/d\", installer: { uri: mysql://u@h/e } "
                    "}\n"),
            "p.yaml:2:33: source.installer names the database e, but source names d; name the same "
            "one");
}

TEST(PipelineRefuses, UnsetVariables) {
  unsetenv("SYNCLINE_TEST_UNSET");
  EXPECT_EQ(refused_documents("  a: { table: \"${SYNCLINE_TEST_UNSET}\" }\n"),
            "p.yaml:4:8: documents.a.table: the environment variable SYNCLINE_TEST_UNSET is not "
            "set; export SYNCLINE_TEST_UNSET=...");
}

TEST(PipelineRefuses, RedisSettings) {
  const auto redis = [](const std::string& more) {
    return refused_tail("targets: { redis: { uri: redis://h, " + more + " } }\n");
  };
  EXPECT_EQ(redis("as: list"),
            "p.yaml:4:37: a Redis record cannot be a \"list\"; write hash or json");
  EXPECT_EQ(redis("ttl: 60"),
            "p.yaml:4:37: targets.redis.ttl: \"60\" has no unit; write for example 200ms, 60s or "
            "1h");
  EXPECT_EQ(redis("ttl: 1500ms"),
            "p.yaml:4:37: targets.redis.ttl is no whole number of seconds; write for example 1h");
  EXPECT_EQ(redis("key: \"{document}\""),
            "p.yaml:4:37: targets.redis.key: the key names neither {key} nor the key's columns: "
            "all records would have one key; write for example \"{document}:{key}\"");
}

TEST(PipelineRefuses, TransportsThatAreNotThere) {
  EXPECT_EQ(refused_tail(kTargets + "transport: kafka\n"),
            "p.yaml:5:1: transport kafka is not there yet; use direct");
  EXPECT_EQ(refused_tail(kTargets + "transport: pigeon\n"),
            "p.yaml:5:1: there is no transport \"pigeon\"; use direct");
  EXPECT_EQ(refused_tail(kTargets + "kafka: { brokers: h }\n"),
            "p.yaml:5:1: transport kafka is not there yet; remove kafka:");
}

TEST(PipelineRefuses, Options) {
  EXPECT_EQ(refused_tail(kTargets + "options:\n  snapshot.worker: 2\n"),
            "p.yaml:6:3: there is no option \"snapshot.worker\"; did you mean "
            "\"snapshot.workers\"?");
  EXPECT_EQ(refused_tail(kTargets + "options:\n  snapshot: { workers: 2 }\n"),
            "p.yaml:6:3: options are written with a dot, not as a map; write for example "
            "\"snapshot.workers: 4\"");
  EXPECT_EQ(refused_tail(kTargets + "options:\n  store.timeout: 1ms\n"),
            "p.yaml:6:3: store.timeout: 1ms is out of bounds; give 100ms to 10m");
  EXPECT_EQ(refused_tail(kTargets + "options:\n  redis.tombstone_ttl: 100s\n"),
            "p.yaml:5:1: age_fence is more than half of a tombstone_ttl; shorten age_fence, or "
            "lengthen redis.tombstone_ttl and mongodb.tombstone_ttl");
  EXPECT_EQ(refused_tail(kTargets + "options:\n  stream.poll_min: 1s\n"),
            "p.yaml:5:1: stream.poll_min is longer than stream.poll_max; shorten it");
}

}  // namespace
}  // namespace syncline::config
