#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "ports/target_store_testing.h"

/// Promises about what MySQL allows and a document store might not: names, JSON, sizes.
namespace syncline::ports {

/// JSON that a document store might refuse or change: all that MySQL and MariaDB take.
inline std::vector<std::string> odd_json() {
  return {R"({"": 1, "a.b": {"$x": 1, "$set": {"": {}}}, "$ref": "r", "$id": 1, "_id": 2})",
          R"({"same": 1, "same": 2})",
          R"([{"_revision": 9}, 1e-400, -0, -0.0, 123456789012345678901234567890, 0.1e1])",
          std::string(99, '[') + std::string(99, ']'),
          R"({"k":)" + std::string(98, '[') + "1" + std::string(98, ']') + "}",
          "null",
          " [ 1 ,\n 2 ] ",
          R"("\ud83d\ude00\u0001")"};
}

TEST_P(TargetConformance, OddJsonReadsBackAsExpected) {
  const DocumentPlan plan = sample::plan(
      "notes", sample::integer_key(), {{"text", sample::column(TypeKind::kJson, "json"), "", ""}});
  std::vector<Image> images;
  for (const std::string& json : odd_json()) {
    const auto id = static_cast<int64_t>(images.size());
    images.push_back({sample::key(plan, id), Record{{Value(json)}}});
  }
  EXPECT_EQ(write(plan, 10, images).written, images.size());
  for (const Image& image : images) expect_holds(plan, 10, image);
}

TEST_P(TargetConformance, OddNamesOfColumnsReadBackAsExpected) {
  const auto named = [](std::initializer_list<const char*> names) {
    std::vector<sample::SampleField> fields;
    for (const char* name : names) {
      fields.push_back({name, sample::column(TypeKind::kInteger, "int"), int64_t{1}, int64_t{2}});
    }
    return fields;
  };
  const auto fields = named({"a.b", ".", "a$", "_ID", "d", "k", "*", "{}", "a:b", "revision", "é"});
  const auto inside = named({"$set", "$x.$y", "$", "_id", "_revision"});
  const DocumentPlan plan = sample::plan("notes", sample::integer_key(), fields,
                                         {sample::node("in", document::NodeKind::kToMany, inside)});
  const DocumentPlan flat = sample::plan("notes", sample::integer_key(), fields);
  Record record = sample::record_of(fields);
  expect_written_twice(flat, {sample::key(flat, 1), record});
  record.values.push_back(std::vector<Record>{sample::record_of(inside)});
  expect_written_twice(plan, {sample::key(plan, 2), record});
}

TEST_P(TargetConformance, ATableOf1000ColumnsReadsBackAsExpected) {
  std::vector<sample::SampleField> fields;
  for (int i = 0; i < 1000; ++i) {
    fields.push_back({"column_" + std::to_string(i), sample::column(TypeKind::kInteger, "int"),
                      int64_t{i}, int64_t{-i}});
  }
  const DocumentPlan plan = sample::plan("notes", sample::integer_key(), fields);
  std::vector<Image> images;
  for (int64_t id = 0; id < 200; ++id) {
    images.push_back({sample::key(plan, id), sample::record_of(fields)});
  }
  EXPECT_EQ(write(plan, 10, images).written, images.size());
  EXPECT_EQ(write(plan, 11, images).written, images.size());
  for (const int64_t id : {0, 63, 64, 199}) expect_holds(plan, 11, images[id]);
}

TEST_P(TargetConformance, TheLongestKeysAreWrittenReadAndWalked) {
  const DocumentPlan plan =
      sample::notes({{"k", sample::column(TypeKind::kText, "varchar(768)", 768)}});
  std::vector<Image> images;
  for (int i = 0; i < 300; ++i) {
    std::string text = std::to_string(10'000 + i);
    while (text.size() + 4 <= 3072) text += "\U0001F600";
    images.push_back({sample::key(plan, std::vector<Value>{text}), Record{{Value("short")}}});
  }
  for (const uint64_t revision : {10, 10, 9}) {
    const WriteOutcome outcome = write(plan, revision, images);
    EXPECT_EQ(revision == 9 ? outcome.older : outcome.written, images.size());
  }
  EXPECT_EQ(walk(plan, 0, 128).keys.size(), images.size());
  expect_holds(plan, 10, images.back());
  for (Image& image : images) image.record.reset();
  EXPECT_EQ(write(plan, 11, images).removed, images.size());
  EXPECT_EQ(walk(plan, 0, 128).keys.size(), 0U);
}

TEST_P(TargetConformance, AKeyColumnThatGrewKeepsItsRecords) {
  const auto of = [](const char* declared) {
    return sample::notes({{"id", sample::column(TypeKind::kInteger, declared)}});
  };
  write(of("int"), 10,
        {sample::note(of("int"), 1, "was int"), sample::note(of("int"), 2, "was int")});
  const DocumentPlan grown = of("bigint");
  EXPECT_EQ(
      write(grown, 11, {sample::note(grown, 1, "is bigint"), sample::absent(grown, 2)}).removed,
      1U);
  expect_holds(grown, 11, sample::note(grown, 1, "is bigint"));
  EXPECT_EQ(walk(grown, 0, 10).keys.size(), 1U);
}

}  // namespace syncline::ports
