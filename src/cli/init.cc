#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/terminal.h"
#include "config/pipeline.h"
#include "config/pipeline_text.h"
#include "config/uri.h"
#include "document/json.h"
#include "document/suggest.h"
#include "mysql/capture_refusal.h"
#include "mysql/connection.h"
#include "mysql/schema_reader.h"

namespace syncline::cli {
namespace {

constexpr size_t kPipelineNameMax = 32;
constexpr const char* kNone = "none";

struct InitOptions {
  std::string uri;
  std::string password_file;
  std::string installer;
  std::string name;
  std::string mongodb;
  std::string redis = "redis://127.0.0.1:6379/0";
  bool is_forced = false;
};

// A password in argv is there for everyone who lists processes; a variable's name is not.
Result<config::Endpoint> endpoint_of(const std::string& uri, const std::string& scheme,
                                     const std::string& what) {
  if (config::has_written_password(uri))
    return invalid(what + " has a password in it, and everyone who lists processes can read it",
                   "write user:${VARIABLE}@ between single quotes" +
                       std::string(scheme == "mysql" ? ", or give --password-file" : ""));
  auto endpoint = config::parse_uri(uri, scheme);
  if (!endpoint.ok()) return endpoint.error().within(what);
  return endpoint;
}

std::string name_from(const std::string& database) {
  std::string name;
  for (const char c : database) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && std::isalnum(byte)) {
      name += static_cast<char>(std::tolower(byte));
    } else if (!name.ends_with('_')) {
      name += '_';
    }
  }
  return name.substr(0, kPipelineNameMax);
}

Result<config::PipelineHeader> header_of(const InitOptions& options) {
  config::PipelineHeader header{.source_uri = options.uri, .installer_uri = options.installer};
  const config::Endpoint source = TRY(endpoint_of(options.uri, "mysql", "the source's URI"));
  header.database = source.database;
  header.name = options.name.empty() ? name_from(source.database) : options.name;
  if (!options.installer.empty()) (void)TRY(endpoint_of(options.installer, "mysql", "--installer"));
  if (options.mongodb != kNone)
    header.mongodb_uri =
        options.mongodb.empty() ? "mongodb://127.0.0.1:27017/" + header.name : options.mongodb;
  if (options.redis != kNone) header.redis_uri = options.redis;
  if (header.mongodb_uri.empty() && header.redis_uri.empty())
    return invalid("--mongodb none and --redis none leave nowhere to write to", "give one of them");
  if (!header.mongodb_uri.empty())
    (void)TRY(endpoint_of(header.mongodb_uri, "mongodb", "--mongodb"));
  if (!header.redis_uri.empty()) (void)TRY(endpoint_of(header.redis_uri, "redis", "--redis"));
  // It is read relative to the pipeline file, and was written relative to here.
  if (!options.password_file.empty())
    header.password_file = std::filesystem::absolute(options.password_file).lexically_normal();
  return header;
}

// The accounts, names and passwords, checked as in any pipeline file.
Result<config::Pipeline> read_header(const config::PipelineHeader& header) {
  document::SuggestedDocument any;
  any.definition.name.value = any.definition.root.name = any.definition.root.table.value = "any";
  document::Suggestion suggestion;
  suggestion.documents.push_back(std::move(any));
  return config::parse_pipeline(config::pipeline_text(header, suggestion), "the new file");
}

struct Draft {
  std::string text;
  document::Suggestion suggestion;
};

// What is written must work: it is read and resolved as `run` does it.
Result<void> check_draft(const Draft& draft, const document::Schema& schema,
                         const document::ExpressionProbe& probe) {
  const auto broken = [](const Error& error) {
    return error.is_transient() ? error
                                : internal("init made a file that does not work: " + error.text());
  };
  const auto pipeline = config::parse_pipeline(draft.text, "the new file");
  if (!pipeline.ok()) return broken(pipeline.error());
  for (const auto& definition : pipeline->documents) {
    const auto plan = document::plan_document(definition, schema, probe);
    if (!plan.ok()) return broken(plan.error());
  }
  return {};
}

Result<Draft> draft_from(const config::PipelineHeader& header) {
  const config::Pipeline pipeline = TRY(read_header(header));
  mysql::SessionOptions session;
  session.endpoint = pipeline.source.endpoint;
  session.timeout = pipeline.options.mysql_timeout;
  auto connection = TRY(mysql::Connection::open(session));
  const document::Schema schema = TRY(mysql::read_schema(connection, header.database));
  const auto probe = mysql::expression_probe(connection, header.database);
  const auto refused = TRY(mysql::uncapturable_tables(connection, schema));
  const auto capture = [&](const document::TableName& table) -> Result<void> {
    const auto found = refused.find(table);
    if (found != refused.end()) return found->second;
    return {};
  };
  Draft draft;
  draft.suggestion = TRY(document::suggest_documents(schema, probe, capture));
  if (draft.suggestion.documents.empty()) {
    const auto& first = draft.suggestion.left_out.front();
    return invalid("no table of " + header.database + " can be a document; " + first.table.value +
                       ": " + first.reason,
                   "a document needs an InnoDB table with a primary key");
  }
  draft.text = config::pipeline_text(header, draft.suggestion);
  TRY(check_draft(draft, schema, probe));
  return draft;
}

Result<void> refuse_existing(const std::string& file, bool is_forced) {
  std::error_code ignored;  // of a place that cannot be looked at, writing says why
  if (file == "-" || is_forced || !std::filesystem::exists(file, ignored)) return {};
  return invalid(file + " exists already", "give another name by -f, or --force to write over it");
}

// Beside it first: a full disk leaves the old file whole.
Result<void> write_file(const std::string& file, const std::string& text) {
  const std::string beside = file + ".new";
  const auto failed = [&] {
    const std::string cause = std::strerror(errno);
    std::remove(beside.c_str());
    return invalid("cannot write " + file + ": " + cause, "give another name by -f");
  };
  errno = 0;
  std::ofstream out(beside, std::ios::binary | std::ios::trunc);
  if (!(out << text) || !out.flush()) return failed();
  out.close();
  if (std::rename(beside.c_str(), file.c_str()) != 0) return failed();
  return {};
}

void add_embedded(const document::NodeDefinition& node, const std::string& path,
                  std::vector<std::string>& names) {
  for (const auto& child : node.embed) {
    names.push_back(path + child.name);
    add_embedded(child, path + child.name + ".", names);
  }
}

std::vector<std::string> embedded_of(const document::SuggestedDocument& document) {
  std::vector<std::string> names;
  add_embedded(document.definition.root, "", names);
  return names;
}

void append_list(const std::vector<std::string>& words, std::string& out) {
  out += '[';
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += ',';
    document::append_json_string(words[i], out);
  }
  out += ']';
}

std::string json_of(const std::string& file, const document::Suggestion& suggestion) {
  std::string out = "{";
  document::append_json_member("file", file, out);
  out += ",\"documents\":[";
  for (size_t i = 0; i < suggestion.documents.size(); ++i) {
    const auto& document = suggestion.documents[i];
    out += i > 0 ? ",{" : "{";
    document::append_json_member("name", document.definition.name.value, out);
    out += ',';
    document::append_json_member("table", document.definition.root.table.value, out);
    out += ",\"embedded\":";
    append_list(embedded_of(document), out);
    out += ",\"notes\":";
    append_list(document.notes, out);
    out += '}';
  }
  out += "],\"left_out\":[";
  for (size_t i = 0; i < suggestion.left_out.size(); ++i) {
    out += i > 0 ? ",{" : "{";
    document::append_json_member("table", suggestion.left_out[i].table.value, out);
    out += ',';
    document::append_json_member("reason", suggestion.left_out[i].reason, out);
    out += '}';
  }
  return out + "]}";
}

std::string summary_of(const std::string& file, const document::Suggestion& suggestion) {
  std::vector<std::vector<std::string>> rows;
  size_t embedded = 0;
  size_t notes = 0;
  for (const auto& document : suggestion.documents) {
    const auto names = embedded_of(document);
    embedded += names.size();
    notes += document.notes.size();
    rows.push_back({document.definition.name.value, with_commas(document.approximate_rows),
                    join(names, ", ")});
  }
  std::string out =
      render_table({"DOCUMENT", "ROWS, ABOUT", "EMBEDDED"}, rows, {false, true, false});
  if (!suggestion.left_out.empty()) out += "\nleft out:\n";
  for (const auto& table : suggestion.left_out)
    out += fmt::format("  {}: {}\n", table.table.value, table.reason);
  out += fmt::format("\n{}: {} documents, {} embeddings, {} tables left out, {} notes on columns\n",
                     file == "-" ? "written" : file, suggestion.documents.size(), embedded,
                     suggestion.left_out.size(), notes);
  if (file == "-") return out;
  return out +
         fmt::format("Next: look at it, take out what you do not need, then  syncline run{}\n",
                     file == "pipeline.yaml" ? "" : " -f " + file);
}

int init(const Common& common, const InitOptions& options) {
  if (auto free = refuse_existing(common.file, options.is_forced); !free.ok())
    return fail(free.error(), common);
  const auto header = header_of(options);
  if (!header.ok()) return fail(header.error(), common);
  const auto draft = draft_from(*header);
  if (!draft.ok()) return fail(draft.error(), common);
  const bool is_stdout = common.file == "-";
  if (is_stdout) {
    fmt::print("{}", draft->text);
    if (!common.is_json) fmt::print(stderr, "{}", summary_of(common.file, draft->suggestion));
    return kDone;
  }
  if (auto written = write_file(common.file, draft->text); !written.ok())
    return fail(written.error(), common);
  if (common.is_json) {
    fmt::print("{}\n", json_of(common.file, draft->suggestion));
  } else {
    fmt::print("{}", summary_of(common.file, draft->suggestion));
  }
  return kDone;
}

}  // namespace

void add_init(CLI::App& program, Action& chosen) {
  auto* command = program.add_subcommand(
      "init", "read a database and write a pipeline file that works as it is");
  auto options = std::make_shared<InitOptions>();
  command->add_option("uri", options->uri, "mysql://USER@HOST:PORT/DATABASE")->required();
  command->add_option("--password-file", options->password_file, "its first line is the password");
  command->add_option("--installer", options->installer,
                      "URI of an account that may create triggers and a schema");
  command->add_option("--name", options->name,
                      "of the pipeline, [a-z0-9_], at most 32; else made from the database's");
  command->add_option("--mongodb", options->mongodb,
                      "URI, or none; else mongodb://127.0.0.1:27017/NAME");
  command->add_option("--redis", options->redis, "URI, or none")->capture_default_str();
  command->add_flag("--force", options->is_forced, "write over an existing file");
  command->footer(
      R"(Every table with a primary key becomes a document, its foreign keys embedded rows.
What was left out, and why, stands in the file as comments. Nothing is changed in MySQL, and no
store is asked.

Examples:
  syncline init mysql://root@127.0.0.1:3306/shop
  syncline init mysql://app@db:3306/shop --password-file /etc/syncline/mysql -f shop.yaml
  syncline init 'mysql://app:${DB_PASSWORD}@db:3306/shop' --redis none
  syncline init mysql://root@127.0.0.1:3306/shop -f -      print it, write nothing)");
  command->callback([&chosen, options] {
    chosen = [options](const Common& common, std::stop_token) { return init(common, *options); };
  });
}

}  // namespace syncline::cli
