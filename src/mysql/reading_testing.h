#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mysql/reader.h"
#include "mysql/server_testing.h"

namespace syncline::mysql {

/// A pipeline whose views are opened and read.
class ReadingTest : public ServerTest {
 protected:
  void TearDown() override;

  /// One statement of the application.
  void execute(const std::string& sql) { run({sql}); }
  Connection& app() { return *app_; }

  /// Resolves, captures, and sets what every session shares.
  void install_pipeline(std::vector<document::DocumentDefinition> definitions);

  std::unique_ptr<MysqlReader> reader() const { return std::make_unique<MysqlReader>(context_); }
  /// A view of the one reader that most tests need; the last one must be gone.
  std::unique_ptr<ports::View> view();

  const document::DocumentPlan& plan(size_t number = 0) const { return plans_[number]; }

  std::shared_ptr<SessionContext> context_;

 private:
  std::unique_ptr<MysqlReader> reader_;
};

/// "key=json" for each image, "key=-" when absent, in the order given.
std::vector<std::string> shown(const document::DocumentPlan& plan,
                               const std::vector<document::Image>& images);

std::vector<document::DocumentKey> keys_of(std::initializer_list<std::string_view> texts);

}  // namespace syncline::mysql
