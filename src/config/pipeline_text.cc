#include "config/pipeline_text.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/log.h"
#include "base/text.h"

namespace syncline::config {

using document::FieldDefinition;
using document::NodeDefinition;
using document::NodeKind;

namespace {

constexpr size_t kColumns = 110;

using Lines = std::vector<std::string>;

// What YAML 1.1 or 1.2 takes for something else than text.
constexpr std::array<std::string_view, 10> kWords = {"false", "n",    "no", "null", "off",
                                                     "on",    "true", "y",  "yes",  "~"};

bool is_plain(std::string_view text) {
  if (text.empty() || !(std::isalpha(static_cast<unsigned char>(text[0])) || text[0] == '_'))
    return false;
  return std::ranges::all_of(
             text, [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; }) &&
         std::ranges::find(kWords, lower(text)) == kWords.end();
}

// Plain where that is safe, else between double quotes. `is_value`: ${NAME} in it would be
// replaced, and is escaped.
std::string yaml_scalar(std::string_view text, bool is_value) {
  if (is_plain(text)) return std::string(text);
  std::string out = "\"";
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (is_value && text.substr(i).starts_with("${")) out += '$';
    if (byte == '"' || byte == '\\') {
      out += {'\\', text[i]};
    } else if (byte < ' ' || byte == 0x7F) {
      out += "\\x" + hex(text.substr(i, 1));
    } else {
      out += text[i];
    }
  }
  return out + "\"";
}

/// Control characters would end a comment, or are refused in one.
std::string in_comment(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(
      out, [](unsigned char c) { return c < ' ' || c == 0x7F; }, ' ');
  return out;
}

/// Text broken at blanks, each line behind `prefix`, those after the first behind `next`.
void add_wrapped(std::string_view text, const std::string& prefix, const std::string& next,
                 Lines& lines) {
  std::string line = prefix;
  bool is_begun = false;
  for (const std::string& word : split(text, ' ')) {
    if (is_begun && line.size() + 1 + word.size() > kColumns) {
      lines.push_back(line);
      line = next;
      is_begun = false;
    }
    if (is_begun) line += ' ';
    line += word;
    is_begun = true;
  }
  lines.push_back(line);
}

void add_comment(std::string_view text, Lines& lines) {
  add_wrapped(in_comment(text), "# ", "#   ", lines);
}

void add_indented(const Lines& lines, Lines& to) {
  for (const std::string& line : lines) to.push_back("  " + line);
}

std::string name_list(const std::vector<std::string>& names) {
  std::vector<std::string> scalars;
  for (const std::string& name : names) scalars.push_back(yaml_scalar(name, true));
  return scalars.size() == 1 ? scalars[0] : "[" + join(scalars, ", ") + "]";
}

std::string field_text(const FieldDefinition& field) {
  if (field.expression.empty()) return yaml_scalar(field.name, true);
  return yaml_scalar(field.name, false) + ": " + yaml_scalar(field.expression, true);
}

/// "table: orders", "link: customer_id": what a node says before its fields.
std::vector<std::string> link_texts(const NodeDefinition& node) {
  std::vector<std::string> texts;
  if (node.kind != NodeKind::kRoot || node.table.value != node.name)
    texts.push_back("table: " + yaml_scalar(node.table.value, true));
  if (node.kind == NodeKind::kRoot) return texts;
  texts.push_back((node.kind == NodeKind::kToOne ? "key: " : "link: ") + name_list(node.columns));
  if (!node.references.empty()) texts.push_back("references: " + name_list(node.references));
  return texts;
}

std::string flow_text(const NodeDefinition& node) {
  std::vector<std::string> texts = link_texts(node);
  if (!node.fields.empty()) {
    std::vector<std::string> fields;
    for (const FieldDefinition& field : node.fields)
      fields.push_back(field.expression.empty() ? field_text(field)
                                                : "{" + field_text(field) + "}");
    texts.push_back("fields: [" + join(fields, ", ") + "]");
  }
  std::vector<std::string> embedded;
  for (const NodeDefinition& child : node.embed)
    embedded.push_back(yaml_scalar(child.name, false) + ": " + flow_text(child));
  if (!embedded.empty()) texts.push_back("embed: { " + join(embedded, ", ") + " }");
  return "{ " + join(texts, ", ") + " }";
}

void add_fields(const NodeDefinition& node, Lines& lines) {
  if (node.fields.empty()) return;
  const bool has_sql = std::ranges::any_of(
      node.fields, [](const FieldDefinition& field) { return !field.expression.empty(); });
  if (has_sql) {
    lines.push_back("fields:");
    for (const FieldDefinition& field : node.fields) lines.push_back("  - " + field_text(field));
    return;
  }
  std::vector<std::string> names;
  for (const FieldDefinition& field : node.fields) names.push_back(field_text(field));
  // No blank of a name is a place to break at: join by hand.
  std::string line = "fields: [";
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string word = names[i] + (i + 1 < names.size() ? "," : "]");
    if (i > 0 && line.size() + 1 + word.size() > kColumns) {
      lines.push_back(line);
      line = "         ";
    } else if (i > 0) {
      line += ' ';
    }
    line += word;
  }
  lines.push_back(line);
}

Lines node_lines(const NodeDefinition& node);

Lines embedded_lines(const NodeDefinition& node) {
  const std::string flow = yaml_scalar(node.name, false) + ": " + flow_text(node);
  if (flow.size() + 6 <= kColumns) return {flow};
  Lines lines = {yaml_scalar(node.name, false) + ":"};
  add_indented(node_lines(node), lines);
  return lines;
}

/// The inside of a node.
Lines node_lines(const NodeDefinition& node) {
  Lines lines = link_texts(node);
  add_fields(node, lines);
  if (!node.embed.empty()) lines.push_back("embed:");
  for (const NodeDefinition& child : node.embed) add_indented(embedded_lines(child), lines);
  return lines;
}

// Without its "# " the entry is what the file would say.
void add_rejected(const document::RejectedEmbedding& rejected, const std::string& indent,
                  Lines& lines) {
  add_wrapped(in_comment("not taken, " + rejected.reason), indent, indent, lines);
  for (const std::string& line : embedded_lines(rejected.node)) lines.push_back(indent + line);
}

Lines head_lines(const PipelineHeader& header, const document::Suggestion& suggestion) {
  Lines lines;
  add_comment(fmt::format("Written by `syncline init` from the database {}: {} documents. It works "
                          "as it is:",
                          header.database, suggestion.documents.size()),
              lines);
  lines.insert(
      lines.end(),
      {"#", "#   syncline run        load every document into both stores, and follow",
       "#   syncline status     what it is doing",
       "#   syncline verify     prove that the stores are right", "#",
       "# Take out what you do not need. What is commented out was not taken, for the reason above "
       "it. Long texts,",
       "# large numbers and dates are as docs/targets.md says; a zero date is null. Every key is "
       "explained in",
       "# docs/pipeline.md.", "", "name: " + yaml_scalar(header.name, false)});
  lines.back() += "    # the change log lives in the MySQL schema syncline_" + header.name;
  return lines;
}

// A uri keeps its ${NAME}.
std::string uri_text(const std::string& uri) {
  const bool is_safe = std::ranges::all_of(uri, [](unsigned char c) {
    return std::isalnum(c) || std::string_view("-._~:/@%?=&+${}").find(c) != std::string::npos;
  });
  return is_safe && !uri.starts_with('$') && !uri.ends_with(':') ? uri : yaml_scalar(uri, false);
}

void add_source(const PipelineHeader& header, Lines& lines) {
  lines.insert(lines.end(), {"", "source:", "  uri: " + uri_text(header.source_uri)});
  if (!header.password_file.empty())
    lines.push_back("  password_file: " + yaml_scalar(header.password_file, true));
  if (!header.installer_uri.empty()) {
    lines.push_back("  installer:    # the account that creates triggers and the schema");
    lines.push_back("    uri: " + uri_text(header.installer_uri));
  }
}

void add_targets(const PipelineHeader& header, Lines& lines) {
  lines.insert(lines.end(), {"", "targets:"});
  if (!header.mongodb_uri.empty())
    lines.insert(lines.end(), {"  mongodb:", "    uri: " + uri_text(header.mongodb_uri)});
  if (header.redis_uri.empty()) return;
  lines.insert(lines.end(), {"  redis:", "    uri: " + uri_text(header.redis_uri),
                             "    key: \"{document}:{key}\"    # customers:42",
                             "    as: hash                   # or json: one string"});
}

}  // namespace

Lines document_lines(const document::SuggestedDocument& document) {
  const NodeDefinition& root = document.definition.root;
  Lines lines;
  for (const std::string& note : document.notes) add_comment(note, lines);
  lines.push_back(yaml_scalar(document.definition.name.value, false) + ":");
  if (document.approximate_rows > 0)
    lines.back() += fmt::format("    # about {} rows", with_commas(document.approximate_rows));
  add_indented(node_lines(root), lines);
  const bool has_embed = !root.embed.empty();
  if (!document.rejected.empty() && !has_embed) lines.push_back("  # embed:");
  for (const auto& rejected : document.rejected)
    add_rejected(rejected, has_embed ? "    # " : "  #   ", lines);
  return lines;
}

std::string pipeline_text(const PipelineHeader& header, const document::Suggestion& suggestion) {
  Lines lines = head_lines(header, suggestion);
  add_source(header, lines);
  lines.insert(lines.end(), {"", "documents:"});
  for (const auto& document : suggestion.documents) {
    lines.emplace_back();
    add_indented(document_lines(document), lines);
  }
  if (!suggestion.left_out.empty()) lines.insert(lines.end(), {"", "  # Left out:"});
  for (const auto& table : suggestion.left_out)
    add_wrapped(in_comment(table.table.value + ": " + table.reason), "  #   ", "  #     ", lines);
  add_targets(header, lines);
  return join(lines, "\n") + "\n";
}

}  // namespace syncline::config
