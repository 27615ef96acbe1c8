#include "config/pipeline_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "config/pipeline.h"

namespace syncline::config {
namespace {

using document::NodeDefinition;
using document::NodeKind;
using document::TableName;
using testing::HasSubstr;

PipelineHeader header() {
  PipelineHeader header;
  header.name = "shop";
  header.database = "shop";
  header.source_uri = "mysql://root@127.0.0.1:3306/shop";
  header.mongodb_uri = "mongodb://127.0.0.1:27017/shop";
  header.redis_uri = "redis://127.0.0.1:6379/0";
  return header;
}

document::SuggestedDocument document_of(const std::string& name, const std::string& table) {
  document::SuggestedDocument document;
  document.definition.name.value = name;
  document.definition.root.name = name;
  document.definition.root.table = TableName(table);
  return document;
}

NodeDefinition array_of(const std::string& name, const std::string& table,
                        const std::string& link) {
  NodeDefinition node{.name = name, .kind = NodeKind::kToMany, .table = TableName(table)};
  node.columns = {link};
  return node;
}

Pipeline read_back(const document::SuggestedDocument& document) {
  document::Suggestion suggestion;
  suggestion.documents.push_back(document);
  auto pipeline = parse_pipeline(pipeline_text(header(), suggestion), "p.yaml");
  EXPECT_TRUE(pipeline.ok()) << (pipeline.ok() ? "" : pipeline.error().text());
  return pipeline.ok() ? std::move(*pipeline) : Pipeline();
}

// Every name that YAML or ${...} takes for something else.
TEST(PipelineText, IsReadBackToTheSameNames) {
  for (const std::string name :
       {"plain",       "null",    "~",     "true",  "no",   "1",   "a: b", "#x",
        "a #b",        "\"q\"",   "it's",  "[a]",   "{b}",  "&a",  "*b",   "!c",
        "|",           ">",       "%",     "@",     "`",    "- x", "a\\b", "tab\there",
        "line\nbreak", "${HOME}", "$${X}", "größe", "日本", " x",  "a,b",  "?"}) {
    document::SuggestedDocument document = document_of("d", name);
    auto& root = document.definition.root;
    root.fields = {{.name = name}, {.name = "x", .expression = "`" + name + "`"}};
    root.embed.push_back(array_of(name, name, name));
    root.embed.back().references = {name, "b"};
    document.notes = {name + ": noted"};
    document.rejected.push_back({array_of(name + "2", name, name), name + " is against it"});
    const Pipeline pipeline = read_back(document);
    ASSERT_EQ(pipeline.documents.size(), 1) << name;
    const NodeDefinition& read = pipeline.documents[0].root;
    EXPECT_EQ(read.table.value, name);
    EXPECT_EQ(read.fields.at(0).name, name);
    EXPECT_EQ(read.fields.at(1).expression, "`" + name + "`");
    ASSERT_EQ(read.embed.size(), 1) << name;
    EXPECT_EQ(read.embed[0].name, name);
    EXPECT_EQ(read.embed[0].columns.at(0), name);
    EXPECT_EQ(read.embed[0].references.at(0), name);
  }
}

TEST(PipelineText, BreaksLongNodesIntoLinesThatMeanTheSame) {
  document::SuggestedDocument document = document_of("d", "d");
  NodeDefinition node = array_of("items", "items", "d_id");
  for (int i = 0; i < 60; ++i)
    node.fields.push_back({.name = "column_number_" + std::to_string(i)});
  node.embed.push_back(array_of("deep", "deep", "item_id"));
  document.definition.root.embed.push_back(node);
  for (const std::string& line : document_lines(document)) EXPECT_LE(line.size(), 116) << line;
  const Pipeline pipeline = read_back(document);
  EXPECT_EQ(pipeline.documents.at(0).root.embed.at(0).fields.size(), 60);
  EXPECT_EQ(pipeline.documents.at(0).root.embed.at(0).embed.at(0).name, "deep");
}

TEST(PipelineText, WorksWithWhatWasNotTakenOnceItsMarkIsGone) {
  document::SuggestedDocument document = document_of("d", "d");
  document.rejected.push_back({array_of("items", "items", "d_id"), "long"});
  std::string uncommented;
  for (std::string line : document_lines(document)) {
    if (const size_t mark = line.find("# ");
        mark != std::string::npos && line.find("not taken") == std::string::npos)
      line.erase(mark, 2);
    uncommented += "  " + line + "\n";
  }
  const auto pipeline =
      parse_pipeline("name: n\nsource: { uri: \"mysql://u@h/d\" }\ndocuments:\n" + uncommented +
                         "targets: { redis: { uri: \"redis://h\" } }\n",
                     "p.yaml");
  ASSERT_TRUE(pipeline.ok()) << pipeline.error().text() << "\n" << uncommented;
  EXPECT_EQ(pipeline->documents.at(0).root.embed.at(0).columns.at(0), "d_id");
}

TEST(PipelineText, NamesWhatIsLeftOutWithItsReason) {
  document::Suggestion suggestion;
  suggestion.documents.push_back(document_of("d", "d"));
  suggestion.left_out.push_back({TableName("v\nx"), "it is a view"});
  const std::string text = pipeline_text(header(), suggestion);
  EXPECT_THAT(text, HasSubstr("  #   v x: it is a view\n"));
  EXPECT_TRUE(parse_pipeline(text, "p.yaml").ok());
}

}  // namespace
}  // namespace syncline::config
