#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "common/base/text.h"
#include "common/status/error.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "inspectorate/issues/v1/notice.pb.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/catalogue.pb.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/registry/v1/school_change.pb.h"
#include "inspectorate/visits/v1/plan.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"
#include "services/cli/command.h"
#include "services/cli/contract.h"
#include "services/cli/environment.h"
#include "services/cli/errors.h"
#include "services/cli/fields.h"
#include "services/cli/import_kind.h"
#include "services/cli/labels.h"
#include "services/cli/local_issuer.h"
#include "services/cli/render.h"
#include "services/cli/resolve.h"
#include "services/cli/training_file.h"

namespace inspectorate::cli {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

class CliTest : public ::testing::Test {
 protected:
  void SetUp() override { SetLanguage(Language::kChinese); }
};

const FieldDescriptor& FieldOf(const Message& message, const char* name) {
  return *message.GetDescriptor()->FindFieldByName(name);
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin);
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

// --- commands ----------------------------------------------------------------------------------------------

TEST_F(CliTest, EveryCommandOfTheTablesNamesAMethodOfTheContract) {
  for (const CallCommand& command : AllCallCommands()) {
    const MethodDescriptor* method = FindMethodByName(command.method);
    ASSERT_NE(method, nullptr) << command.path;
    for (const char* positional : command.positionals) {
      EXPECT_NE(method->input_type()->FindFieldByName(positional), nullptr) << command.path;
    }
  }
}

TEST_F(CliTest, EveryCommandParsesItsHelp) {
  for (const CallCommand& command : AllCallCommands()) {
    CLI::App app;
    Chosen chosen;
    AddCallCommand(app, command, &chosen);
    EXPECT_THROW(app.parse(std::string(command.path) + " --help"), CLI::CallForHelp) << command.path;
  }
}

TEST_F(CliTest, ACommandWithoutItsSubjectIsRefused) {
  CLI::App app;
  Chosen chosen;
  AddCallCommand(app, {"issues accept", "issues.v1.Issues.AcceptIssue", {"", ""}}, &chosen);
  EXPECT_THROW(app.parse("issues accept"), CLI::RequiredError);
  app.parse("issues accept 1b2c3d4e --opinion ok");
  EXPECT_TRUE(chosen.action);
}

// Methods that carry the resource whole are told which one it is by its first word, like all others.
TEST_F(CliTest, WhoChangesARecordSaysWhichOne) {
  for (const char* path : {"change leave", "registry facts propose", "training edit", "catalogue edit"}) {
    CLI::App app;
    Chosen chosen;
    for (const CallCommand& command : AllCallCommands()) {
      if (command.path == std::string(path)) AddCallCommand(app, command, &chosen);
    }
    EXPECT_THROW(app.parse(path), CLI::RequiredError) << path;
    EXPECT_NO_THROW(app.parse(std::string(path) + " 1b2c3d4e --clear note")) << path;
  }
}

TEST_F(CliTest, LanguageIsTheFlagBeforeTheEnvironment) {
  const char* english[] = {"inspectorate", "--lang=en", "whoami"};
  EXPECT_EQ(ChooseLanguage(3, english, "zh_CN.UTF-8"), Language::kEnglish);
  const char* plain[] = {"inspectorate", "whoami"};
  EXPECT_EQ(ChooseLanguage(2, plain, "en_GB.UTF-8"), Language::kEnglish);
  EXPECT_EQ(ChooseLanguage(2, plain, nullptr), Language::kChinese);
}

// --- fields ------------------------------------------------------------------------------------------------

TEST_F(CliTest, FlagsAreTheFieldsAPersonFillsIn) {
  std::vector<std::string> flags;
  for (const FlagField& field : FlagFields(*issues::v1::TriageIssueRequest::descriptor())) {
    flags.push_back(FlagOf(*field.field));
  }
  EXPECT_THAT(flags, ::testing::ElementsAre("occur-time", "severity", "route", "responsible-unit"));
}

TEST_F(CliTest, FlagsOfACreationAreTheWritableFieldsOfItsResource) {
  std::vector<std::string> flags;
  for (const FlagField& field : FlagFields(*visits::v1::CreateFindingRequest::descriptor())) {
    flags.push_back(FlagOf(*field.field));
  }
  EXPECT_THAT(flags, ::testing::Contains("matter"));
  EXPECT_THAT(flags, Not(::testing::Contains("ordinal")));
  EXPECT_THAT(flags, Not(::testing::Contains("etag")));
}

TEST_F(CliTest, WordsBecomeDatesEnumsAndInstants) {
  visits::v1::CreatePlanRequest plan;
  ASSERT_TRUE(SetField(&plan, FieldOf(plan, "month"), "2026-03").ok());
  EXPECT_EQ(DateText(plan.month()), "2026-03-01");
  issues::v1::TriageIssueRequest triage;
  ASSERT_TRUE(SetField(&triage, FieldOf(triage, "severity"), "serious").ok());
  EXPECT_EQ(triage.severity(), issues::v1::SERIOUS);
  ASSERT_TRUE(SetField(&triage, FieldOf(triage, "occur_time"), "2026-03-09T08:30").ok());
  EXPECT_EQ(triage.occur_time().seconds(), 1773016200) << "half past eight in China";
}

TEST_F(CliTest, AValueOfSeveralPartsIsTypedInARow) {
  visits::v1::RecordVisitRequest record;
  const FieldDescriptor& judgements = FieldOf(record, "judgements");
  ASSERT_TRUE(SetField(&record, judgements, "B01:GOOD:seen at 08:30").ok());
  ASSERT_TRUE(SetField(&record, judgements, R"({"matter": "B02"})").ok());
  ASSERT_EQ(record.judgements_size(), 2);
  EXPECT_EQ(record.judgements(0).matter(), "B01");
  EXPECT_EQ(record.judgements(0).judgement(), visits::v1::GOOD);
  EXPECT_EQ(record.judgements(0).note(), "seen at 08:30");
  EXPECT_EQ(record.judgements(1).matter(), "B02");
  const absl::Status status = SetField(&record, judgements, "B01:SPLENDID");
  EXPECT_THAT(std::string(status.message()), HasSubstr("--judgements B01:SPLENDID (督导事项:"));
}

TEST_F(CliTest, AValueThatDoesNotFitSaysWhatWould) {
  issues::v1::TriageIssueRequest triage;
  const absl::Status status = SetField(&triage, FieldOf(triage, "severity"), "awful");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("一般轻微|一般|严重|复杂"));
  visits::v1::CreatePlanRequest plan;
  EXPECT_FALSE(SetField(&plan, FieldOf(plan, "month"), "March").ok());
}

// --- rendering ---------------------------------------------------------------------------------------------

TEST_F(CliTest, ColumnsLineUpUnderChineseText) {
  const std::string text =
      RenderTable({.head = {"学校", "state"}, .rows = {{"沾化区（示例）小学", "运行"}, {"abc", "x"}}});
  const auto lines = Lines(text);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(DisplayWidth(lines[0].substr(0, lines[0].find("state"))), 20u);
  EXPECT_EQ(DisplayWidth(lines[1].substr(0, lines[1].find("运行"))), 20u);
  EXPECT_EQ(DisplayWidth(lines[2].substr(0, lines[2].rfind('x'))), 20u);
}

TEST_F(CliTest, ALongCellIsCutBetweenCharactersUnlessItIsTheLast) {
  const std::string fact = "师德投诉箱开启记录中断两周";
  const auto lines = Lines(RenderTable({.head = {"事实", "事实"}, .rows = {{fact, fact}}}, 10));
  const size_t cut = lines[1].find("…");
  ASSERT_NE(cut, std::string::npos);
  EXPECT_LT(DisplayWidth(lines[1].substr(0, cut)), 10u);
  EXPECT_TRUE(IsValidUtf8(lines[1]));
  EXPECT_THAT(lines[1], ::testing::EndsWith(fact));
}

TEST_F(CliTest, AMessageInACellShowsItsValuesInClearText) {
  visits::v1::Visit visit;
  auto* method = visit.add_methods();
  method->set_method(visits::v1::INTERVIEW);
  method->set_count(6);
  const std::string text = FieldText(visit, FieldOf(visit, "methods"));
  EXPECT_THAT(text, ::testing::EndsWith(" 6"));
  EXPECT_THAT(text, Not(HasSubstr("\\")));
}

TEST_F(CliTest, AListShowsTermsDatesAndTheTailOfIds) {
  issues::v1::ListIssuesResponse list;
  issues::v1::Issue* issue = list.add_issues();
  issue->set_name("offices/zhanhua/issues/0190b0a2-0000-7000-8000-00001b2c3d4e");
  issue->set_severity(issues::v1::SERIOUS);
  issue->mutable_rectify_due()->set_year(2026);
  issue->mutable_rectify_due()->set_month(4);
  issue->mutable_rectify_due()->set_day(9);
  const std::string text = RenderMessage(list);
  EXPECT_THAT(text, HasSubstr("…1b2c3d4e"));
  EXPECT_THAT(text, HasSubstr("2026-04-09"));
  EXPECT_THAT(text, Not(HasSubstr("SERIOUS"))) << "the term of the domain, not the constant";
  EXPECT_THAT(text, HasSubstr("共 1"));
  EXPECT_THAT(text, HasSubstr("整改期限"));
  SetLanguage(Language::kEnglish);
  EXPECT_THAT(RenderMessage(list), HasSubstr("rectify_due"));
}

// All that a person may be shown: what the methods answer, and what that consists of.
void CollectShown(const Descriptor& type, std::set<const Descriptor*>* seen) {
  if (type.file()->package().rfind("inspectorate.", 0) != 0 || !seen->insert(&type).second) return;
  for (int i = 0; i < type.field_count(); ++i) {
    if (const Descriptor* part = type.field(i)->message_type()) CollectShown(*part, seen);
  }
}

TEST_F(CliTest, EveryFieldThatIsShownHasAChineseName) {
  std::set<const Descriptor*> shown;
  ForEachMethod([&](const MethodDescriptor& method) {
    CollectShown(*method.output_type(), &shown);
    // What long operations answer stands beside the method.
    for (int i = 0; i < method.file()->message_type_count(); ++i) {
      const Descriptor& type = *method.file()->message_type(i);
      if (type.name().ends_with("Response")) CollectShown(type, &shown);
    }
  });
  ASSERT_GT(shown.size(), 100U);
  for (const Descriptor* type : shown) {
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor& field = *type->field(i);
      if (IsHidden(field)) continue;
      EXPECT_NE(LabelOf(field), field.name()) << field.full_name() << " has no line in labels.csv";
    }
  }
}

TEST_F(CliTest, EveryGroupOfCommandsSaysWhatItIs) {
  std::set<std::string> groups;
  for (const CallCommand& command : AllCallCommands()) {
    const std::string path = command.path;
    for (size_t at = path.find(' '); at != std::string::npos; at = path.find(' ', at + 1)) {
      groups.insert(path.substr(0, at));
    }
  }
  groups.insert("");
  for (const std::string& group : groups) {
    std::vector<std::string> words = absl::StrSplit(absl::string_view(group), ' ', absl::SkipEmpty());
    words.insert(words.begin(), "inspectorate");
    words.emplace_back("--help");
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    testing::internal::CaptureStdout();
    EXPECT_EQ(Main(static_cast<int>(arguments.size()), arguments.data()), 0);
    // A line of two spaces and a word alone is a command that nobody has described.
    EXPECT_THAT(testing::internal::GetCapturedStdout(), Not(ContainsRegex("\n  [a-z_-]+ *\n"))) << group;
  }
}

TEST_F(CliTest, AChangeNamesItsFieldsInChinese) {
  registry::v1::SchoolChange change;
  change.add_changed_fields("display_name");
  change.add_changed_fields("address");
  EXPECT_EQ(FieldText(change, FieldOf(change, "changed_fields")), "名称, 地址");
}

TEST_F(CliTest, WhatAnotherFieldRefersToIsShownOnce) {
  const registry::v1::Roster roster;
  EXPECT_FALSE(IsHidden(FieldOf(roster, "acting_lead")));
  EXPECT_TRUE(IsHidden(FieldOf(roster, "acting_lead_name")));
  EXPECT_FALSE(IsHidden(FieldOf(registry::v1::School(), "display_name")));
}

TEST_F(CliTest, WhatIsTypedHasAChineseName) {
  for (const CallCommand& command : AllCallCommands()) {
    const Descriptor& request = *FindMethodByName(command.method)->input_type();
    for (const FlagField& flag : FlagFields(request)) {
      EXPECT_NE(LabelOf(*flag.field), flag.field->name()) << command.path << ": " << flag.field->full_name();
      const std::string type = ReferencedType(*flag.field);
      if (type.empty()) continue;
      EXPECT_NE("inspectorate/" + LabelOfResource(type), type) << command.path;
    }
  }
}

TEST_F(CliTest, AFieldOfOneMessageMayHaveANameOfItsOwn) {
  EXPECT_EQ(LabelOf(FieldOf(registry::v1::StaffMember(), "title")), "职务");
  EXPECT_EQ(LabelOf(FieldOf(registry::v1::CatalogueItem(), "title")), "标题");
  SetLanguage(Language::kEnglish);
  EXPECT_EQ(LabelOf(FieldOf(registry::v1::StaffMember(), "title")), "title");
}

TEST_F(CliTest, ATrainingFileIsReadInChinese) {
  registry::v1::TrainingFile file;
  file.set_work_number("D01");
  file.set_display_name("示例·甲");
  file.set_year(2026);
  file.set_floor_hours(40);
  file.set_floor_source("示教督〔2026〕1号");
  file.mutable_totals()->set_counted_hours(37.5);
  file.mutable_totals()->set_shortfall_hours(2.5);
  file.mutable_totals()->set_weekly_attended(28);
  file.mutable_totals()->set_weekly_absent(1);
  auto* entry = file.add_entries();
  entry->set_kind(registry::v1::TRAINING_WEEKLY_STUDY);
  entry->set_mode(registry::v1::MODE_CENTRALISED);
  entry->set_topic("督到位、导有效");
  entry->set_notes("笔记一则");
  const std::string text = RenderTrainingFile(file);
  EXPECT_THAT(text, HasSubstr("计入年度集中培训37.5/40学时，尚缺2.5（依据：示教督〔2026〕1号）"));
  EXPECT_THAT(text, HasSubstr("周学习出勤率96.6%（28/29）"));
  EXPECT_THAT(text, HasSubstr("未登记"));
  EXPECT_THAT(text, HasSubstr("督到位、导有效"));
  EXPECT_THAT(text, HasSubstr("  笔记一则"));
  EXPECT_THAT(text, Not(HasSubstr("WEEKLY")));
  SetLanguage(Language::kEnglish);
  EXPECT_THAT(RenderTrainingFile(file), HasSubstr("counted 37.5/40 hours, short of 2.5"));
}

TEST_F(CliTest, ProgressFillsItsLineWhateverTheStage) {
  EXPECT_EQ(DisplayWidth(RenderProgress(5, 10, "写入机构")), 79u);
  EXPECT_THAT(RenderProgress(5, 10, ""), HasSubstr("###############..............."));
  EXPECT_THAT(RenderProgress(0, 0, ""), HasSubstr("0/0"));
}

// --- errors ------------------------------------------------------------------------------------------------

TEST_F(CliTest, AnErrorShowsItsTextEveryViolationAndItsReason) {
  const absl::Status status =
      InvalidFields({{"visit.school", "必填", "is required"}, {"visit.panel", "必填", "is required"}});
  const std::string text = RenderError(status);
  EXPECT_THAT(text, HasSubstr("visit.school：必填"));
  EXPECT_THAT(text, HasSubstr("visit.panel：必填"));
  EXPECT_THAT(text, HasSubstr("[INVALID_FIELDS]"));
  SetLanguage(Language::kEnglish);
  EXPECT_THAT(RenderError(status), HasSubstr("visit.school: is required"));
}

TEST_F(CliTest, TheShellSeesTheClassOfAnError) {
  EXPECT_EQ(ExitCodeOf(absl::OkStatus()), 0);
  EXPECT_EQ(ExitCodeOf(absl::InvalidArgumentError("")), 2);
  EXPECT_EQ(ExitCodeOf(absl::PermissionDeniedError("")), 3);
  EXPECT_EQ(ExitCodeOf(absl::NotFoundError("")), 4);
  EXPECT_EQ(ExitCodeOf(absl::AbortedError("")), 5);
  EXPECT_EQ(ExitCodeOf(absl::UnavailableError("")), 6);
  EXPECT_EQ(ExitCodeOf(absl::InternalError("")), 1);
}

// --- names and kinds ---------------------------------------------------------------------------------------

TEST_F(CliTest, AListIsKnownByItsFileName) {
  EXPECT_EQ(ImportKindOf("deploy/机构.csv"), registry::v1::IMPORT_SCHOOLS);
  EXPECT_EQ(ImportKindOf("2026春-责任督学.csv"), registry::v1::IMPORT_INSPECTORS);
  EXPECT_EQ(ImportKindOf("校级督学.csv"), registry::v1::IMPORT_SUPERVISORS);
  EXPECT_EQ(ImportKindOf("督导室人员.csv"), registry::v1::IMPORT_STAFF);
  EXPECT_EQ(ImportKindOf("责任区/通讯录.csv"), std::nullopt) << "the folder says nothing";
  EXPECT_EQ(ImportKindOf("机构标识码.xlsx"), registry::v1::IMPORT_IDENT_CODES);
  EXPECT_EQ(ImportKindOf("责任区划分.csv"), registry::v1::IMPORT_AREAS);
  EXPECT_EQ(ImportKindOf("公示牌.csv"), registry::v1::IMPORT_PLAQUES);
  EXPECT_EQ(ImportKindOf("责任区曾用名.csv"), registry::v1::IMPORT_FORMER_AREAS);
  EXPECT_TRUE(OnlyGoesOut("导出/责任区方案.csv") && OnlyGoesOut("数据字典.xlsx"));
  EXPECT_FALSE(OnlyGoesOut("机构.csv") || OnlyGoesOut("责任区方案/机构.csv") || OnlyGoesOut("unknown.csv") ||
               OnlyGoesOut("公示牌.csv"));
  EXPECT_EQ(ParseImportKind("inspector-assignments"), registry::v1::IMPORT_INSPECTOR_ASSIGNMENTS);
  EXPECT_EQ(ParseImportKind("kind_unspecified"), std::nullopt);
}

TEST_F(CliTest, WhatLiesBelowACatalogueIsToldByBoth) {
  const std::string version = "offices/{office}/catalogues/{catalogue}/versions/{catalogue_version}";
  std::string word = "campaign-topics@2";
  EXPECT_EQ(ParentFor(version, "zhanhua", &word), "offices/zhanhua/catalogues/campaign-topics");
  EXPECT_EQ(word, "2");
  word = "1a2b";
  EXPECT_EQ(ParentFor(version, "zhanhua", &word), "offices/zhanhua/catalogues/-");
  EXPECT_EQ(word, "1a2b");
  EXPECT_EQ(ParentFor("inspectors/{inspector}/leaves/{leave}", "zhanhua", &word), "inspectors/-");
  EXPECT_EQ(ParentFor("offices/{office}/a/{a}/b/{b}/c/{c}", "zhanhua", &word), "");
}

TEST_F(CliTest, AResourceAnswersToNumberNameAndEitherEndOfItsId) {
  registry::v1::School school;
  school.set_name("schools/0190b0a2-1111-7000-8000-00001b2c3d4e");
  school.set_external_id("X001");
  school.set_display_name("沾化区（示例）第一小学");
  for (const char* word : {"X001", "沾化区（示例）第一小学", "0190b0a2", "1b2c3d4e"})
    EXPECT_TRUE(AnswersTo(school, word)) << word;
  for (const char* word : {"X00", "小学", "d4e", "1111"}) EXPECT_FALSE(AnswersTo(school, word)) << word;
}

TEST_F(CliTest, TheContractKnowsHowResourcesAreReadAndListed) {
  ASSERT_NE(GetterOf("inspectorate/Visit"), nullptr);
  EXPECT_EQ(GetterOf("inspectorate/Visit")->name(), "GetVisit");
  EXPECT_EQ(ListerOf("inspectorate/School")->name(), "ListSchools");
  EXPECT_EQ(PatternOf("inspectorate/Issue"), "offices/{office}/issues/{issue}");
  EXPECT_EQ(FindMethodByName("visits.v1.Visits/GetVisit"), GetterOf("inspectorate/Visit"));
  EXPECT_EQ(FindMethodByName("visits.v1.Visits.Nothing"), nullptr);
}

// --- this machine ------------------------------------------------------------------------------------------

TEST_F(CliTest, TheLoginIsForItsOwnerAlone) {
  const std::string home = ::testing::TempDir() + "/cli-login";
  ASSERT_TRUE(WriteLogin(home, {.principal = {.subject = "inspectors/x",
                                              .display_name = "示例·甲",
                                              .role = rpc::Role::ROLE_AREA_LEAD,
                                              .office = "zhanhua"},
                                .token = "t"})
                  .ok());
  struct stat file {};
  ASSERT_EQ(stat((home + "/login.json").c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600u);
  const auto login = ReadLogin(home);
  ASSERT_TRUE(login.ok());
  EXPECT_EQ(login->principal.display_name, "示例·甲");
  EXPECT_EQ(login->principal.role, rpc::Role::ROLE_AREA_LEAD);
  std::filesystem::remove_all(home);
  EXPECT_EQ(ExitCodeOf(ReadLogin(home).status()), 3);
}

TEST_F(CliTest, NoKeyIsMadeWhereTheMachineHasNone) {
  Environment environment;
  environment.issuer_key = ::testing::TempDir() + "/no-such-key";
  EXPECT_EQ(LocalIssuer::Open(environment).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_FALSE(std::filesystem::exists(environment.issuer_key));
}

}  // namespace
}  // namespace inspectorate::cli
