#include "mysql/cascade_paths.h"

#include <gmock/gmock.h>

namespace syncline::mysql {
namespace {

using document::ForeignKey;
using document::ReferentialAction;
using document::Schema;
using document::TableName;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto kNone = ReferentialAction::kNone;
constexpr auto kCascade = ReferentialAction::kCascade;
constexpr auto kSetNull = ReferentialAction::kSetNull;

ForeignKey reference(const std::string& child, const std::string& column, const std::string& parent,
                     const std::string& parent_column, ReferentialAction on_delete,
                     ReferentialAction on_update = kNone) {
  return {child + "_" + column, TableName(child), {column}, TableName(parent),
          {parent_column},      on_delete,        on_update};
}

// "b>c" for a path; '0' after it: values become NULL on the way; '*': endless.
std::vector<std::string> shown(const std::vector<CascadePath>& paths) {
  std::vector<std::string> lines;
  for (const CascadePath& path : paths) {
    std::string line;
    for (const ForeignKey* hop : path.hops) line += (line.empty() ? "" : ">") + hop->table.value;
    lines.push_back(line + (path.has_set_null ? "0" : "") + (path.is_endless ? "*" : ""));
  }
  return lines;
}

TEST(CascadePaths, ADeleteReachesAllLevelsUntilAnActionEndsIt) {
  const Schema schema{.foreign_keys = {reference("b", "a", "a", "id", kCascade),
                                       reference("c", "b", "b", "id", kSetNull),
                                       reference("d", "c", "c", "id", kCascade),
                                       reference("e", "a", "a", "id", kNone)}};
  EXPECT_THAT(shown(delete_paths(schema, TableName("a"))), ElementsAre("b", "b>c0"));
  EXPECT_THAT(shown(update_paths(schema, TableName("a"))), IsEmpty());
}

TEST(CascadePaths, AnUpdateGoesOnOnlyThroughColumnsThatChanged) {
  const Schema schema{.foreign_keys = {reference("b", "a", "a", "id", kNone, kCascade),
                                       reference("c", "ba", "b", "a", kNone, kCascade),
                                       reference("d", "b", "b", "id", kNone, kCascade)}};
  EXPECT_THAT(shown(update_paths(schema, TableName("a"))), ElementsAre("b", "b>c"));
}

TEST(CascadePaths, ADeletedParentsNulledColumnGoesOnAsAnUpdate) {
  const Schema schema{.foreign_keys = {reference("b", "a", "a", "id", kSetNull),
                                       reference("c", "ba", "b", "a", kCascade, kSetNull)}};
  EXPECT_THAT(shown(delete_paths(schema, TableName("a"))), ElementsAre("b0", "b>c0"));
}

TEST(CascadePaths, ATableThatDeletesItsOwnRowsIsEndless) {
  const Schema schema{.foreign_keys = {reference("a", "up", "a", "id", kCascade, kCascade)}};
  EXPECT_THAT(shown(delete_paths(schema, TableName("a"))), ElementsAre("a*"));
  // The server refuses an update that comes back.
  EXPECT_THAT(shown(update_paths(schema, TableName("a"))), IsEmpty());
}

TEST(CascadePaths, ARoundOfTablesIsEndless) {
  const Schema schema{.foreign_keys = {reference("b", "a", "a", "id", kCascade),
                                       reference("a", "b", "b", "id", kCascade)}};
  EXPECT_THAT(shown(delete_paths(schema, TableName("a"))), ElementsAre("b", "b>a*"));
}

TEST(CascadePaths, ALinkToItsOwnTableThatIsNulledEnds) {
  const Schema schema{.foreign_keys = {reference("a", "up", "a", "id", kSetNull)}};
  EXPECT_THAT(shown(delete_paths(schema, TableName("a"))), ElementsAre("a0"));
}

}  // namespace
}  // namespace syncline::mysql
