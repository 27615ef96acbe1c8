#include "document/record.h"

namespace syncline::document {

size_t size_of(const Record& record) {
  size_t bytes = sizeof(Record) + record.values.size() * sizeof(Value);
  for (const Value& value : record.values) {
    if (const auto* text = std::get_if<std::string>(&value)) {
      bytes += text->size();
    } else if (const auto* rows = std::get_if<std::vector<Record>>(&value)) {
      for (const Record& row : *rows) bytes += size_of(row);
    }
  }
  return bytes;
}

}  // namespace syncline::document
