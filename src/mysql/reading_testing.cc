#include "mysql/reading_testing.h"

#include "document/json.h"

namespace syncline::mysql {

void ReadingTest::TearDown() {
  reader_.reset();
  ServerTest::TearDown();
}

void ReadingTest::install_pipeline(std::vector<document::DocumentDefinition> definitions) {
  const ClockState clock = need(install(std::move(definitions)));
  context_ = context();
  context_->generation = clock.generation.value;
  context_->is_expected = true;
}

std::unique_ptr<ports::View> ReadingTest::view() {
  if (!reader_) reader_ = reader();
  return need(reader_->open());
}

std::vector<std::string> shown(const document::DocumentPlan& plan,
                               const std::vector<document::Image>& images) {
  std::vector<std::string> lines;
  for (const auto& image : images) {
    std::string line = image.key.value + "=";
    if (image.record) {
      append_json(plan.shape(), *image.record, line);
    } else {
      line += "-";
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<document::DocumentKey> keys_of(std::initializer_list<std::string_view> texts) {
  std::vector<document::DocumentKey> keys;
  for (const auto text : texts) keys.emplace_back(std::string(text));
  return keys;
}

}  // namespace syncline::mysql
