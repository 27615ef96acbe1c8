#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "ports/target_store_testing.h"

/// Promises about what a record holds, its keys, its size, and about reading it all back.
namespace syncline::ports {

TEST_P(TargetConformance, ARecordOfEveryTypeReadsBackAsExpected) {
  const Image full{sample::key(everything_, 1), sample::full_record()};
  const Image null{sample::key(everything_, 2), sample::null_record()};
  EXPECT_EQ(write(everything_, 10, {full, null}).written, 2U);
  expect_holds(everything_, 10, full);
  expect_holds(everything_, 10, null);
}

TEST_P(TargetConformance, EveryOtherValueReadsBackAsExpected) {
  Record record = sample::full_record();
  const std::vector<sample::SampleField> fields = sample::scalar_fields();
  for (size_t i = 0; i < fields.size(); ++i) record.values[i] = fields[i].other;
  const Image image{sample::key(everything_, 1), std::move(record)};
  EXPECT_EQ(write(everything_, 10, {image}).written, 1U);
  expect_holds(everything_, 10, image);
}

TEST_P(TargetConformance, ContentDiffersWhenAnyScalarDiffers) {
  const Image full{sample::key(everything_, 1), sample::full_record()};
  const Digest digest = expected(everything_, full);
  const std::vector<sample::SampleField> fields = sample::scalar_fields();
  for (size_t i = 0; i < fields.size(); ++i) {
    Image changed = full;
    changed.record->values[i] = fields[i].other;
    EXPECT_NE(expected(everything_, changed), digest) << fields[i].name;
    changed.record->values[i] = std::monostate();
    EXPECT_NE(expected(everything_, changed), digest) << fields[i].name << " NULL";
  }
}

TEST_P(TargetConformance, ContentDiffersWhenAnythingEmbeddedDiffers) {
  const Image full{sample::key(everything_, 1), sample::full_record()};
  const size_t country = sample::scalar_fields().size();
  const size_t orders = country + 1;
  const auto embedded = [](Record& record, size_t field) -> std::vector<Record>& {
    return std::get<std::vector<Record>>(record.values[field]);
  };
  std::vector<Image> different(7, full);
  different[1].record->values[country] = std::monostate();
  embedded(*different[2].record, country)[0].values[0] = "Zoe";
  embedded(*different[3].record, orders).clear();
  embedded(*different[4].record, orders).pop_back();
  std::vector<Record>& reordered = embedded(*different[5].record, orders);
  reordered[1].values[0] = int64_t{1};
  different[6] = different[5];
  std::vector<Record>& other_way = embedded(*different[6].record, orders);
  std::swap(other_way[0], other_way[1]);
  std::vector<std::string> digests;
  for (const Image& image : different) digests.push_back(to_string(expected(everything_, image)));
  std::sort(digests.begin(), digests.end());
  EXPECT_EQ(std::unique(digests.begin(), digests.end()), digests.end());
}

TEST_P(TargetConformance, ContentDoesNotDependOnTheRevision) {
  const Image image = sample::note(notes_, 1, "same");
  write(10, {image});
  const Digest before = read(1).content;
  write(11, {image});
  EXPECT_EQ(read(1).content, before);
}

TEST_P(TargetConformance, ReadIsParallelToItsKeys) {
  write(10, {sample::note(notes_, 1, "a"), sample::note(notes_, 3, "c")});
  write(12, {sample::absent(notes_, 2)});
  std::vector<DocumentKey> keys;
  for (const int64_t id : {4, 3, 2, 1}) keys.push_back(sample::key(notes_, id));
  const Result<std::vector<StoredRecord>> records = target_->read(notes_, keys);
  ASSERT_TRUE(records.ok()) << records.error().text();
  ASSERT_EQ(records->size(), 4U);
  const std::vector<uint64_t> revisions{0, 10, 0, 10};
  const std::vector<uint64_t> tombstones{0, 0, 12, 0};
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ((*records)[i].key, keys[i]);
    EXPECT_EQ((*records)[i].is_present, revisions[i] != 0) << i;
    EXPECT_EQ((*records)[i].revision.value, revisions[i]) << i;
    EXPECT_EQ((*records)[i].tombstone.value, tombstones[i]) << i;
  }
}

TEST_P(TargetConformance, ShowNamesTheContentAndIsEmptyWithoutARecord) {
  write(10, {sample::note(notes_, 1, "visible")});
  const Result<std::string> shown = target_->show(notes_, sample::key(notes_, 1));
  ASSERT_TRUE(shown.ok()) << shown.error().text();
  EXPECT_NE(shown->find("visible"), std::string::npos) << *shown;
  const Result<std::string> nothing = target_->show(notes_, sample::key(notes_, 2));
  ASSERT_TRUE(nothing.ok()) << nothing.error().text();
  EXPECT_EQ(*nothing, "");
}

/// Texts that a key template, an escape or a pattern might trip over.
inline std::vector<std::vector<Value>> strange_texts() {
  std::vector<std::vector<Value>> keys;
  for (const char* text :
       {"",           " ",   "a",           "A",     "a ",    ":",    "a:b",       "a%3Ab",
        "{}",         "{a}", "*",           "?",     "[a-z]", "%",    "\\",        "\\N",
        "|",          "a|b", "line\nbreak", "tab\t", "\r",    "\x01", "\x7F",      "Zoë",
        "\U0001F600", "$",   "$set",        "a.b",   "'",     "\"",   "syncline:", "floor"}) {
    keys.push_back({std::string(text)});
  }
  keys.push_back({std::string("nul\0inside", 10)});
  keys.push_back({std::string(200, 'x')});
  return keys;
}

inline std::vector<std::pair<KeyLayout, std::vector<std::vector<Value>>>> strange_keys() {
  using K = TypeKind;
  const auto number = sample::column(K::kInteger, "bigint");
  const auto text = sample::column(K::kText, "varchar(200)", 200);
  const auto moment = sample::column(K::kDateTime, "datetime(6)", 0, 6);
  constexpr int64_t kMoment = 1'706'702'400'000'000;
  return {
      {{{"k", text}}, strange_texts()},
      {{{"a", text}, {"b", text}},
       {{"x", "y"}, {"x:y", ""}, {"", "x:y"}, {"x|", "y"}, {"x", "|y"}, {"x:", "y"}, {"", ""}}},
      {{{"a", number}, {"b", text}, {"c", moment}},
       {{int64_t{1}, "x", kMoment}, {int64_t{1}, "x", kMoment + 1}, {int64_t{-1}, "x", kMoment}}},
      {{{"k", sample::column(K::kUnsigned, "bigint unsigned")}},
       {{uint64_t{0}}, {~uint64_t{0}}, {~uint64_t{0} - 1}, {uint64_t{1} << 63}, {uint64_t{7}}}},
      {{{"k", sample::column(K::kBinary, "varbinary(16)", 16)}},
       {{""}, {sample::bytes({0})}, {sample::bytes({0, 0})}, {sample::bytes({0xFF, ':'})}}},
      {{{"k", sample::column(K::kBit, "bit(9)", 9)}},
       {{sample::bytes({0, 0})}, {sample::bytes({1, 0xFF})}}},
      {{{"k", sample::column(K::kDecimal, "decimal(10,2)", 10, 2)}},
       {{"1.00"}, {"1.10"}, {"-1.00"}, {"0.00"}}},
      {{{"k", sample::column(K::kDate, "date")}}, {{int64_t{0}}, {int64_t{-14610}}}},
      {{{"k", sample::column(K::kDateTime, "datetime(3)", 0, 3)}}, {{kMoment}, {kMoment + 1000}}},
      {{{"k", moment}}, {{kMoment}, {kMoment + 1}, {kMoment + 1000}}},
      {{{"k", sample::column(K::kTimestamp, "timestamp")}}, {{kMoment}, {kMoment + 1'000'000}}},
      {{{"k", sample::column(K::kTimestamp, "timestamp(6)", 0, 6)}}, {{kMoment}, {kMoment + 1}}},
      {{{"k", sample::column(K::kTime, "time")}}, {{int64_t{0}}, {int64_t{-3'600'000'000}}}},
      {{{"k", sample::column(K::kEnum, "enum('a','b c')")}}, {{"a"}, {"b c"}}},
      {{{"k", sample::column(K::kSet, "set('a','b')")}}, {{"a,b"}, {"a"}, {""}}},
  };
}

TEST_P(TargetConformance, StrangeKeysAreEachTheirOwn) {
  for (const auto& [layout, keys] : strange_keys()) {
    const DocumentPlan plan = sample::notes(layout);
    SCOPED_TRACE(layout.front().type.declared);
    ASSERT_TRUE(target_->prepare({&plan, 1}, false).ok());
    std::vector<Image> images;
    std::map<std::string, uint64_t> want;
    for (const auto& values : keys) {
      const DocumentKey key = sample::key(plan, values);
      images.push_back({key, Record{{Value("key " + key.value)}}});
      want[key.value] = 10;
    }
    EXPECT_EQ(write(plan, 10, images).written, images.size());
    for (const Image& image : images) expect_holds(plan, 10, image);
    const WalkPage page = walk(plan, 0, 3);
    std::map<std::string, uint64_t> found;
    for (size_t i = 0; i < page.keys.size(); ++i) {
      found[page.keys[i].value] = page.revisions[i].value;
    }
    EXPECT_EQ(found, want);
    EXPECT_EQ(page.foreign, std::vector<std::string>());
    for (Image& image : images) image.record.reset();
    EXPECT_EQ(write(plan, 11, images).removed, images.size());
    EXPECT_EQ(walk(plan, 0, 3).keys.size(), 0U);
    EXPECT_TRUE(target_->purge(plan).ok());
  }
}

TEST_P(TargetConformance, ATooLargeRecordIsRefusedByNameAndTheRestIsWritten) {
  const std::string large(StoreUnderTest::kTooLarge + 1000, 'x');
  const std::vector<Image> images{sample::note(notes_, 1, "small"),
                                  sample::note(notes_, 4711, large),
                                  sample::note(notes_, 3, large.substr(2000))};
  const WriteOutcome outcome = write(10, images);
  EXPECT_EQ(outcome.written, 2U);
  ASSERT_EQ(outcome.refused.size(), 1U);
  EXPECT_EQ(outcome.refused[0].index, 1U);
  EXPECT_EQ(outcome.refused[0].reason, OwedReason::kTooLarge);
  EXPECT_NE(outcome.refused[0].detail.find("4711"), std::string::npos) << outcome.refused[0].detail;
  expect_holds(10, images[2]);
  EXPECT_FALSE(read(4711).is_present);
}

TEST_P(TargetConformance, ABatchOf5000IsWrittenReadAndWalked) {
  std::vector<Image> images;
  std::vector<DocumentKey> keys;
  for (int64_t id = 0; id < 5000; ++id) {
    images.push_back(sample::note(notes_, id, "number " + std::to_string(id)));
    keys.push_back(images.back().key);
  }
  EXPECT_EQ(write(10, images).written, 5000U);
  const Result<std::vector<StoredRecord>> records = target_->read(notes_, keys);
  ASSERT_TRUE(records.ok()) << records.error().text();
  for (size_t i = 0; i < images.size(); ++i) {
    ASSERT_EQ((*records)[i].content, expected(notes_, images[i])) << i;
  }
  WalkPage page = walk(notes_, 0, 700);
  std::sort(page.keys.begin(), page.keys.end());
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(page.keys, keys);
  for (Image& image : images) image.record.reset();
  EXPECT_EQ(write(11, images).removed, 5000U);
  EXPECT_EQ(walk(notes_, 0, 700).keys.size(), 0U);
}

}  // namespace syncline::ports
