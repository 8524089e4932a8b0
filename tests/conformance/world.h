// What a hostile caller is let loose on: the four services as they run, and two offices with the same life in
// each, one of which has nothing to do with the other. Built once for a test program, through the rpcs.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/rpc/client.h"
#include "common/testing/harness.h"
#include "inspectorate/registry/v1/calendar.pb.h"
#include "inspectorate/registry/v1/catalogue.pb.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "inspectorate/registry/v1/school_change.pb.h"
#include "tests/conformance/raw_client.h"

namespace inspectorate::conformance {

using google::protobuf::Message;
using rpc::Principal;
using rpc::Role;

// Values that nobody may ever find in a log line, and only those who work with them in an answer.
// Each call looks for them in what came back as an error, and the end of every test program in the log and on
// the metrics page of the services that it drove.
inline constexpr char kSecretPhone[] = "138-SECRET-PHONE";
inline constexpr char kSecretNote[] = "SECRET-RECUSAL-NOTE";
inline constexpr char kSecretFile[] = "SECRET-FILE-NAME.jpg";
inline constexpr char kSecretContent[] = "SECRET-FILE-CONTENT";
inline constexpr char kRuleByTwo[] = "roster.correction_days";
inline constexpr char kPageTokenKey[] = "a secret of the tests";
inline constexpr char kSecretName[] = "SECRET-PERSON-NAME";

// One office, and a name of everything in it.
struct District {
  std::string slug;
  std::string office() const { return "offices/" + slug; }
  // By resource type, "inspectorate/School". Schools, people and areas are those of the near area.
  std::map<std::string, std::string> samples;
  // One caller a role. People have schools of the near area; in `far`, of the other one.
  std::map<Role, Principal> people;
  std::map<Role, Principal> far;
  Principal deputy;  // a second person of the office's staff
  std::string far_school;
  std::string near_area, far_area;
  std::string pictured_inspector;                 // responsible for schools of no area
  std::string plaque_token;                       // of the near school's plaque
  std::string employed_inspector;                 // works at the near school
  std::map<std::string, std::string> operations;  // by service: one that ended

  // What the loop keeps from act to act.
  bool later = false;  // the clock stands at its second time
  int months = 0;
  int plans = 0;
  std::vector<std::string> registered, long_noticed;
};

class World {
 public:
  // The services start at first use; an environment of the test program ends them.
  static World& Get();
  ~World();

  static const std::vector<std::string>& Services();  // "registry", …

  District& home() { return home_; }
  District& sibling() { return sibling_; }
  testing::Harness& harness() { return *harness_; }
  void Settle();

  // As this caller, with a token of theirs; one attempt.
  RawAnswer Call(const std::string& service, const std::string& method, const Principal& who,
                 const Message& request);
  RawAnswer Call(const std::string& service, const RawCall& call);
  std::map<std::string, std::string> HeadersOf(const Principal& who);
  const std::string& TokenOf(const Principal& who);

  // Must succeed; for building. The error is a failure of the test.
  template <class Response, class Request>
  Response Must(const std::string& service, const std::string& method, const Principal& who,
                const Request& request) {
    Response response;
    Parse(service, method, Call(service, method, who, request), &response);
    return response;
  }

  // How far each office's feed is, of every service: what is the same before and after, nothing was written
  // to.
  std::string Heads() const;
  // How many transactions of this service's feed carry the request id, and how many events.
  struct Effect {
    int transactions = 0;
    int events = 0;
    std::set<std::string> actors;
  };
  Effect EffectOf(const std::string& service, const std::string& request_id);
  db::Database& database(const std::string& service);

  // More of the same kind.
  std::string AddStaff(District& district, const std::string& work_number);
  std::string AddSupervisor(District& district, const std::string& work_number);  // of the near school
  std::string AddSchool(District& district);
  std::string AddInspector(District& district);
  // Papers and days of working days for a far year, as files; and the request that publishes them.
  std::pair<std::string, std::string> NextPaper();
  registry::v1::PublishCalendarPapersRequest NewPaper();
  // A draft of the campaign topics, made from the latest version.
  registry::v1::CatalogueVersion DraftOf(District& district);
  // A rule that another person has still to approve, from a day of its own in 2040 or later.
  registry::v1::PolicyRule ProposeRule(District& district);
  // Another organiser for a school, which waits for a second person.
  registry::v1::SchoolChange ProposeFacts(District& district, const std::string& school);

  // Which of the planted values, of the credentials that were sent, right or wrong, and of the services' keys
  // stand in a text.
  std::vector<std::string> SecretsIn(const std::string& text) const;
  void ExpectNothingLeaked() const;
  // How the services logged the end of the call with this x-request-id; empty when none of them served it.
  static std::string LoggedCall(const std::string& request_id);
  // What was logged last of a call that failed inside.
  static std::string LastFault();
  // A name or number that was not used before.
  int Next() { return ++counter_; }
  std::string NextText(const std::string& stem) { return stem + std::to_string(Next()); }

 private:
  World();
  void Parse(const std::string& service, const std::string& method, const RawAnswer& answer, Message* out);
  static std::string LastLineWith(const std::string& text);
  void CreateOffices();
  void Remember(const RawCall& call);
  void Furnish(District& district);

  std::unique_ptr<testing::Harness> harness_;
  std::map<std::string, std::unique_ptr<RawClient>> clients_;
  std::map<std::string, std::unique_ptr<db::Database>> databases_;
  std::map<std::string, std::string> tokens_;
  mutable std::mutex mutex_;
  std::set<std::string> sent_;  // telling pieces of credentials
  District home_, sibling_;
  int counter_ = 0;
};

}  // namespace inspectorate::conformance
