package import Application
package import Foundations

/// How far a matter has been worked out.
package enum MatterDetail: String, Sendable, CaseIterable {
  /// Confirmed by a county.
  case full
  /// Worked out by Bangban from what is generally known; to be confirmed by the county, and shown so wherever it
  /// appears.
  case example
  /// Only what the county's printed list says; can be filed with the common fields.
  case outline
}

/// A matter 一件事: several items of several departments, handled as one.
package struct Matter: Sendable, Equatable {
  package var id: MatterID
  package var name: String
  /// Where the list says something else than `name` by more than a line break.
  package var printedName: String?
  /// The list this matter stands on: jurisdiction, level, title, number.
  package var source: MatterSource
  package var detail: MatterDetail
  /// Version of this matter's file: any change of content takes a higher one.
  package var version: Int
  /// Who may apply.
  package var subjects: [SubjectKind]
  package var lead: [LeadRule]
  package var cooperating: [String]
  /// The printed deadline for putting this matter in place, as printed.
  package var deadline: String?
  package var group: String?
  package var note: String?
  /// Limits of the whole matter.
  package var overall: TimeLimit?
  /// Who may apply and under what conditions 申请条件, as the notice reads them out.
  package var conditions: [String] = []
  /// What people are called in this matter's form: the role of a field (`fa`) and its name (父亲).
  package var roles: [Role] = []
  package var items: [ServiceItem]
  package var fields: [Field]
  package var materials: [MaterialRequirement]
  package var guidance: [Question]
  /// What must hold between fields.
  package var rules: [FormRule] = []
  /// Facts of a household that make it likely that somebody in it is entitled to this matter 免申即享.
  package var entitlements: [Entitlement] = []
  /// The entries of the register of shared data where this matter is used; no part of its file. A paper is waived by
  /// an entry that is there, and by no other.
  package var registered: Set<String> = []
}

/// A person or body that a form speaks of.
package struct Role: Sendable, Equatable {
  package var id: String
  package var name: String
}

/// Natural person 自然人 or organisation 法人 (企业 / 个体工商户).
package enum SubjectKind: String, Sendable, CaseIterable {
  case person
  case organisation
}

/// Where a matter was printed.
package struct MatterSource: Sendable, Equatable {
  package var jurisdiction: String
  /// `national`, `province`, `city`, `county`.
  package var level: String
  /// Division code the list holds for: `000000` nation, `320000`, `320800`, or the county's six digits.
  package var division: String
  package var title: String
  /// Number on the list.
  package var number: Int
  /// The worked-out matter (`catalog.json`) that was joined in, e.g. `XSE`.
  package var worked: String?
}

/// Who leads 牵头; it may depend on the kind of applicant or on the stage (赣榆 1, 30, 33, 34).
package struct LeadRule: Sendable, Equatable {
  package var authority: String
  /// The condition as printed, nil when it always holds.
  package var when: String?
  /// The kind of organisation the condition names: `enterprise` 企业 or `individual` 个体工商户.
  package var subject: OrganisationKind?
  /// The items of the stage 环节 the condition names (赣榆 1); empty: all.
  package var items: [ItemID] = []
}

/// What leads differ by.
package enum OrganisationKind: String, Sendable, CaseIterable {
  case enterprise
  case individual
}

/// Days, and how they are counted: the unit is kept with each rule.
package struct TimeLimit: Sendable, Equatable {
  package var statutory: Int?
  package var promised: Int?
  package var unit: DayUnit
  package var source: String?
  /// Days by which whoever is responsible may extend it, once; nil where the general law says (行政许可法 42).
  package var `extension`: Int?
  /// What is not counted in, e.g. 制证.
  package var excluded: [String] = []
}

/// 工作日 or 自然日.
package enum DayUnit: String, Sendable, CaseIterable {
  case workingDays
  case naturalDays
}

extension DayUnit {
  /// The most days that anything may take: four working years, or ten years.
  package var daysMax: Int { self == .workingDays ? WorkingCalendar.workingDaysMax : 3650 }
}

/// A service item 事项 of one authority.
package struct ServiceItem: Sendable, Equatable {
  package var id: ItemID
  package var name: String
  package var printedName: String?
  /// The authority that handles it, as printed; nil where the list names none, so that it goes to the lead.
  package var authority: String?
  package var choice: ItemChoice
  /// Items whose result must exist first 前置; each entry is a set of alternatives, of which one is enough.
  package var prerequisites: [Prerequisite]
  package var limit: TimeLimit?
  /// GB/T 39046 appendix A: 01 licence … 20 public service.
  package var typeCode: String?
  package var special: String?
  package var fee: String?
  package var result: String?
  package var basis: String?
  /// Whether an agent may act: `yes`, `partly`, `no`; nil where nothing is known.
  package var agency: String?
  /// Division level at which it is handled: `county` or `town`.
  package var level: HandlingLevel
  /// 收件即受理: taking the papers in is acceptance.
  package var receiveMeansAccept: Bool = false
  /// 不齐退还: what is not complete is not kept for a correction 补正 but given back, everything told once, and filed
  /// anew (市场主体登记, rules.md T11).
  package var givesBack: Bool = false
  /// A weighty step for which an old applicant is asked in person whether it is their own will before an agent files it
  /// 真实意愿 (老年人权益保障法 55).
  package var asksWill: Bool = false
  /// 应当并行办理: the law has it handled together with the others, so that it cannot be left out.
  package var together: Bool = false
  /// A joint inspection 联合勘验 that belongs to it, with a clock of its own.
  package var inspection: Inspection?
  /// The worked items (`x1`) whose forms this one carries.
  package var worked: [String] = []
}

/// An inspection 勘验 on the spot: it runs beside the legal clock, which does not stop for it.
package struct Inspection: Sendable, Equatable {
  package var name: String
  /// Working days from acceptance within which it has taken place.
  package var workingDays: Int
}

/// Which counter handles an item.
package enum HandlingLevel: String, Sendable, CaseIterable {
  case county
  case town
}

/// Whether an item is part of an application without being asked for.
package enum ItemChoice: String, Sendable, CaseIterable {
  /// Always part of the matter unless the applicant leaves it out.
  case standard
  /// 选办: only when chosen.
  case optional
  /// Decided by the answers of the guidance.
  case conditional
}

/// What must hold between two fields, and what a person is told where it does not.
package struct FormRule: Sendable, Equatable {
  package var relation: FieldRelation
  package var text: String
}

/// An item that must be decided before.
package struct Prerequisite: Sendable, Equatable {
  /// One of these is enough (`s1|s2`).
  package var anyOf: [ItemID]
  /// Hard: cannot be accepted without it. Soft: only a source of data.
  package var hard: Bool
  /// Another way where all of them fail; nil: what waits for them ends with them.
  package var otherwise: Detour?
}

/// The way on for an item whose prerequisite has failed 可改路径 (rules.md 6.6): one of these takes its place.
package struct Detour: Sendable, Equatable {
  /// Items that may be added, one of which is enough.
  package var items: [ItemID] = []
  /// Papers, one of which is enough.
  package var materials: [String] = []
  /// What to do, in words for the household.
  package var text: String
}

/// A field 表单项 of the merged form 一表.
package struct Field: Sendable, Equatable {
  package var id: String
  package var name: String
  package var type: FieldType
  /// Whether a value must be there at `submit` when one of `items` is chosen.
  package var required: Bool
  /// A condition in words, where the field is needed only sometimes.
  package var requiredWhen: String?
  /// The same for the program: another field's values with which it is needed; without them it is not asked for.
  package var requiredIf: FieldCondition?
  /// Bounds for `integer`, `number`, `money`, as decimal text; for `date`, `today` is allowed too.
  package var min: String?
  package var max: String?
  package var maxLength: Int?
  /// A regular expression in the plain subset `Catalog.Pattern` knows.
  package var pattern: String?
  /// What else is known of how it is written, of `text`, and of `phone`.
  package var check: FieldCheck?
  package var options: [Option]
  /// The items that need this field; empty: all.
  package var items: [ItemID]
  /// Of whom it speaks, and what it is: two fields with one role and one data element 统一数据元 are asked once. Nil:
  /// what the id says before its last full stop (`fa.name` is `name` of `fa`), and behind it.
  package var role: String?
  package var element: String?
  /// The register this field is written with, as a whole (bank + account).
  package var group: String?
  package var sensitive: Bool
  /// Personal information 个人信息 (PIPL 4); a sensitive field is personal whether or not this says so.
  package var personal: Bool = false
  /// A value of the field's type; the examples of one matter are consistent with each other.
  package var example: Value
  /// Columns of a `list`.
  package var columns: [Field]
  /// Guidance for whoever fills it in, as printed in the source.
  package var hint: String?
}

/// Another field and what it must say for something to hold: one of some values (of a choice, or `true` and `false`),
/// or, of an identity number, an age.
package struct FieldCondition: Sendable, Equatable {
  package var field: String
  package var values: [String] = []
  /// Years of age, both ends counted.
  package var minAge: Int?
  package var maxAge: Int?
}

/// The types a field can have, as the catalogue writes them.
package enum FieldType: String, Sendable, CaseIterable {
  case text, integer, number, money, boolean, address, list, date, datetime, month, choice, choices
  case idNumber = "id-number"
  case uscc, phone
  case bankAccount = "bank-account"
  case division, person, file

  /// As people read it.
  package var words: String {
    switch self {
    case .text: "文字"
    case .integer: "整数"
    case .number: "数字"
    case .money: "金额"
    case .boolean: "是或否"
    case .address: "地址"
    case .list: "名单"
    case .date: "日期"
    case .datetime: "日期和时间"
    case .month: "年月"
    case .choice: "选一个"
    case .choices: "可选几个"
    case .idNumber: "身份证号码"
    case .uscc: "统一社会信用代码"
    case .phone: "电话"
    case .bankAccount: "银行账号"
    case .division: "行政区划"
    case .person: "姓名和证件号码"
    case .file: "文件"
    }
  }
}

/// What a text is besides, by which it is checked and brought into its normal form.
package enum FieldCheck: String, Sendable, CaseIterable {
  /// A person's name, as its certificate prints it.
  case personName = "person-name"
  case birthCertificate = "birth-certificate"
  case marriageCertificate = "marriage-certificate"
  case disabilityCertificate = "disability-certificate"
  /// A number that text messages reach; of a `phone`.
  case mobilePhone = "mobile-phone"

  /// As people read it.
  package var words: String {
    switch self {
    case .personName: "按证件上的姓名"
    case .birthCertificate: "出生医学证明编号"
    case .marriageCertificate: "婚姻证件字号"
    case .disabilityCertificate: "残疾人证号"
    case .mobilePhone: "要填手机号"
    }
  }

  /// The type of a field that it can be of.
  var type: FieldType { self == .mobilePhone ? .phone : .text }
}

/// One choice of a `choice` or `choices` field.
package struct Option: Sendable, Equatable {
  package var value: String
  package var label: String
}

/// A material 材料: evidence that is required.
package struct MaterialRequirement: Sendable, Equatable {
  package var id: String
  package var name: String
  package var required: Bool
  /// When it is needed, in words (婚生 …).
  package var requiredWhen: String?
  package var source: MaterialSource
  /// Whether it may follow later under a commitment 容缺.
  package var deferrable: Bool
  package var items: [ItemID]
  /// Who issues it.
  package var issuer: String?
  /// Original, copy … as printed.
  package var form: String?
  package var copies: Int
  /// The items whose result it is (免交 by sharing a result).
  package var resultOf: [ItemID]
  package var note: String?
  /// What kind of paper it is (`id-card`) and whose (a role): with its validity that makes two requirements one paper.
  package var type: String?
  package var owner: String?
  /// How old the paper may be, in months; nil where it does not matter.
  package var validMonths: Int?
  /// 主件: what the decision rests on. Only others may follow later.
  package var main: Bool = false
  /// 告知承诺: the applicant's written commitment may stand in its place.
  package var commitment: Bool = false
  /// The entry of the register of shared data 数据共享责任清单 by which it need not be handed in.
  package var shared: String?
}

/// Where a material comes from.
package enum MaterialSource: String, Sendable, CaseIterable {
  /// 自备: the applicant brings it.
  case own
  /// Electronic certificate 电子证照.
  case certificate
  /// 网络核验: verified online.
  case verification
  /// Result of another item of the same matter 办结事项共享.
  case result
  /// Made by the system (forms).
  case system

  /// As people read it.
  package var words: String {
    switch self {
    case .own: "自备"
    case .certificate: "免提交（电子证照）"
    case .verification: "免提交（网上核验）"
    case .result: "免提交（前面事项的结果）"
    case .system: "系统生成"
    }
  }
}

/// One question of the guidance 智能导引.
package struct Question: Sendable, Equatable {
  package var id: String
  package var text: String
  /// Earlier answers with which it is asked, all of them; empty: always.
  package var when: [AnswerCondition] = []
  package var answers: [Answer]
}

/// An earlier question and the answers (labels) with which something holds.
package struct AnswerCondition: Sendable, Equatable {
  package var question: String
  package var answers: [String]
}

/// One answer, and what follows from it.
package struct Answer: Sendable, Equatable {
  package var label: String
  /// What follows, as printed in the source: always shown to the person.
  package var effect: String
  package var addItems: [ItemID] = []
  package var removeItems: [ItemID] = []
  package var addMaterials: [String] = []
  package var removeMaterials: [String] = []
  package var requireFields: [String] = []
  /// Roles that are one person: each takes the place of the other's, `["fa": "applicant"]`, and is not asked for again.
  package var sameRoles: [String: String] = [:]
  /// The matter cannot go on; the reason is `effect`.
  package var stop: Bool = false
}

/// Facts that together make it likely that somebody is entitled to a matter 免申即享; a person decides to apply.
package struct Entitlement: Sendable, Equatable {
  /// All must hold.
  package var when: [FactCondition]
  /// Why it is suggested, in words for the household.
  package var reason: String
  package var basis: String?
}

/// A fact of a person or household, and the values or bounds with which it holds.
package struct FactCondition: Sendable, Equatable {
  /// One of the facts that the county's `facts.json` declares.
  package var fact: String
  /// Values, one of which is enough; empty where there are bounds.
  package var values: [String] = []
  package var min: Int?
  package var max: Int?
}
