#include "config/options.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

namespace syncline::config {
namespace {

TEST(Options, EveryOneCanBeSetByItsExample) {
  for (const OptionEntry& entry : option_registry()) {
    Options options;
    const auto was_set = set_option(options, entry.name, entry.example);
    ASSERT_TRUE(was_set.ok()) << was_set.error().text();
    EXPECT_NE(options, Options{}) << entry.name << ": the example is the default";
  }
}

TEST(Options, EveryDefaultLiesWithinItsBounds) {
  for (const OptionEntry& entry : option_registry()) {
    EXPECT_EQ(entry.get(Options{}), entry.default_value);
    EXPECT_GE(entry.default_value, entry.min) << entry.name;
    EXPECT_LE(entry.default_value, entry.max) << entry.name;
  }
}

TEST(Options, EachEntryHasItsOwnField) {
  std::set<std::string_view> names;
  Options options;
  for (const OptionEntry& entry : option_registry()) {
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    entry.set(options, entry.default_value + 1);
    EXPECT_EQ(entry.get(options), entry.default_value + 1) << entry.name;
  }
  for (const OptionEntry& entry : option_registry()) entry.set(options, entry.default_value);
  EXPECT_EQ(options, Options{});
}

TEST(Options, AreSetInTheirOwnUnit) {
  Options options;
  EXPECT_TRUE(set_option(options, "stream.poll_max", "1s").ok());
  EXPECT_EQ(options.stream_poll_max, std::chrono::milliseconds(1000));
  EXPECT_TRUE(set_option(options, "age_fence", "1m").ok());
  EXPECT_EQ(options.age_fence, std::chrono::seconds(60));
  EXPECT_TRUE(set_option(options, "read.bytes_max", "2MiB").ok());
  EXPECT_EQ(options.read_bytes_max, 2u << 20);
}

TEST(Options, SayWhatIsWrong) {
  const auto message = [](std::string_view name, std::string_view text) {
    Options options;
    return set_option(options, name, text).error().text();
  };
  EXPECT_EQ(message("snapshot.worker", "2"),
            "there is no option \"snapshot.worker\"; did you mean \"snapshot.workers\"?");
  EXPECT_EQ(message("snapshot.workers", "two"),
            "snapshot.workers: \"two\" is no whole number; write for example 5000");
  EXPECT_EQ(message("snapshot.workers", "0"), "snapshot.workers: 0 is out of bounds; give 1 to 64");
  EXPECT_EQ(message("age_fence", "2h"), "age_fence: 2h is out of bounds; give 1s to 1h");
  EXPECT_EQ(message("age_fence", "1500ms"),
            "age_fence: \"1500ms\" is no whole number of seconds; write for example 30s");
  EXPECT_EQ(message("document.bytes_max", "16MiB"),
            "document.bytes_max: 16MiB is out of bounds; give 1KiB to 15MiB");
}

TEST(Options, TheirPageIsCurrent) {
  const std::string path = SYNCLINE_SOURCE_DIR "/docs/options.md";
  std::ostringstream page;
  page << std::ifstream(path).rdbuf();
  const std::string current = testing::TempDir() + "options.md";
  std::ofstream(current) << options_markdown();
  EXPECT_EQ(page.str(), options_markdown()) << "mend it with: cp " << current << " " << path;
}

}  // namespace
}  // namespace syncline::config
