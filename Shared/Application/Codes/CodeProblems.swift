package import Foundations

// What the codes refuse. The sentences are for someone who has the certificate in hand and no manual.
extension ProblemKind {
  /// Not 18 characters; the detail says how many.
  package static let idNumberLength = ProblemKind(
    "field.id-number.length", "身份证号码应为 18 位，{}", remedy: "请对照证件重新输入，不要多字或漏字。")
  /// Something else than 17 digits and a digit or X.
  package static let idNumberFormat = ProblemKind(
    "field.id-number.format", "身份证号码里有不该出现的字符", remedy: "前 17 位只能是数字，最后一位是数字或 X；常见错误是把 0 写成字母 O。")
  /// The check character does not fit (GB 11643-1999).
  package static let idNumberChecksum = ProblemKind(
    "field.id-number.checksum", "身份证号码不对：校验不通过，至少有一位写错了", remedy: "请对照证件把整个号码重新输入一遍。")
  /// No such day, or before 1890.
  package static let idNumberDate = ProblemKind(
    "field.id-number.date", "身份证号码里的出生日期不存在", remedy: "第 7 至 14 位是出生年月日，请对照证件改正。")
  /// Born after today.
  package static let idNumberFuture = ProblemKind(
    "field.id-number.future", "身份证号码里的出生日期还没有到", remedy: "请对照证件改正；如果证件没错，请检查本机日期。")
  /// No such province.
  package static let idNumberArea = ProblemKind(
    "field.id-number.area", "身份证号码开头的地区代码不存在", remedy: "前两位是省份代码（江苏 32、江西 36、陕西 61），请对照证件改正。")
  /// No such country in ISO 3166-1.
  package static let idNumberCountry = ProblemKind(
    "field.id-number.country", "永久居留身份证号码里的国籍代码不存在", remedy: "第 4 至 6 位是国籍数字代码，请对照证件改正。")
  /// Warning only.
  package static let idNumberAreaAge = ProblemKind(
    "field.id-number.area-age", "号码开头的地区代码与出生年份少见地不一致", remedy: "请对照证件再看一眼；没有写错就继续。")
  /// Warning only.
  package static let idNumberAreaUnknown = ProblemKind(
    "field.id-number.area-unknown", "号码开头的地区代码没有写到县", remedy: "请对照证件再看一眼；没有写错就继续。")
  /// Warning only.
  package static let idNumberCountryUnknown = ProblemKind(
    "field.id-number.country-unknown", "号码开头的国籍字母不在现行名单里", remedy: "请对照证件再看一眼；没有写错就继续。")
  /// Warning only.
  package static let idNumberTaiwan = ProblemKind(
    "field.id-number.taiwan", "8 位数字按台湾居民来往大陆通行证处理", remedy: "如果本想填身份证号码，请输入全部 18 位。")

  /// Not 18 characters; the detail says how many.
  package static let usccLength = ProblemKind(
    "field.uscc.length", "统一社会信用代码应为 18 位，{}", remedy: "请对照营业执照或登记证重新输入。")
  /// A character that GB 32100-2015 does not allow at its place.
  package static let usccFormat = ProblemKind(
    "field.uscc.format", "统一社会信用代码里有不该出现的字符", remedy: "代码不用字母 I、O、S、V、Z，第 3 至 8 位是数字；请检查是否把 1 写成 I、0 写成 O。")
  /// The check character does not fit.
  package static let usccChecksum = ProblemKind(
    "field.uscc.checksum", "统一社会信用代码不对：校验不通过，至少有一位写错了", remedy: "请对照营业执照或登记证把整个代码重新输入一遍。")
  /// Warning only.
  package static let usccBody = ProblemKind(
    "field.uscc.body", "代码中间的组织机构代码校验不通过，早年的代码会这样", remedy: "请对照证照再看一眼；没有写错就继续。")
  /// Warning only.
  package static let usccArea = ProblemKind(
    "field.uscc.area", "代码第 3、4 位不是省份代码", remedy: "请对照证照再看一眼；没有写错就继续。")

  /// Neither a mobile number nor a landline with its area code.
  package static let phoneFormat = ProblemKind(
    "field.phone.format", "电话号码不对", remedy: "手机号是 1 开头的 11 位数字；座机请带区号，例如 0517-88210000。")
  /// A landline where text messages must arrive.
  package static let phoneMobile = ProblemKind(
    "field.phone.mobile", "这里要填手机号，不能填座机", remedy: "没有手机的，可以填联系人的手机号；手机号是 1 开头的 11 位数字。")
  /// Not 16 to 19 digits; the detail says how many.
  package static let bankAccountLength = ProblemKind(
    "field.bank-account.length", "银行账号应为 16 至 19 位数字，{}", remedy: "请对照银行卡或社保卡重新输入。")
  /// Something else than digits.
  package static let bankAccountFormat = ProblemKind(
    "field.bank-account.format", "银行账号只能是数字，且不以 0 开头", remedy: "请对照银行卡或社保卡重新输入。")
  /// The Luhn check does not fit.
  package static let bankAccountChecksum = ProblemKind(
    "field.bank-account.checksum", "银行账号不对：校验不通过，至少有一位写错了", remedy: "请对照银行卡或社保卡把整个账号重新输入一遍。")
  /// Not 6, 9 or 12 digits of a possible division.
  package static let divisionFormat = ProblemKind(
    "field.division.format", "区划代码不对",
    remedy: "县 6 位、乡镇 9 位、村（社区）12 位数字，例如 320830、320830101、320830101201；按地名查：bangban catalog places。")

  /// A part of a task code is wrong; the detail says which.
  package static let taskCodeFormat = ProblemKind(
    "field.task-code.format", "事项实施编码不对：{}", remedy: "实施编码 31 位，业务办理项编码 33 位，请从事项清单复制。")
  /// A part of a case number is wrong; the detail says which.
  package static let projectNumberFormat = ProblemKind(
    "field.project-number.format", "办件编号不对：{}", remedy: "办件编号是实施编码加 8 位日期和 4 位流水号，请从受理通知书上核对。")
  /// Not the five parts of GB/T 36904-2018.
  package static let certificateIDFormat = ProblemKind(
    "field.certificate-id.format", "电子证照标识的格式不对", remedy: "标识以 1.2.156.3005.2. 开头，共五段，请从电子证照上复制。")
  /// The check character does not fit.
  package static let certificateIDChecksum = ProblemKind(
    "field.certificate-id.checksum", "电子证照标识不对：校验不通过", remedy: "请从电子证照上重新复制。")
  /// Not a letter and nine digits.
  package static let birthCertificateFormat = ProblemKind(
    "field.birth-certificate.format", "出生医学证明编号不对", remedy: "编号是一个字母加 9 位数字，印在证明右上角。")
  /// Not the number of a marriage or divorce certificate.
  package static let marriageCertificateFormat = ProblemKind(
    "field.marriage-certificate.format", "婚姻证件字号不对", remedy: "字号形如 J320830-2024-000123（离婚证以 L 开头，补领的前面加 B）。")
  /// Not the number of a disability certificate; a detail says what is wrong with its identity number.
  package static let disabilityCertificateFormat = ProblemKind(
    "field.disability-certificate.format", "残疾人证号不对", remedy: "残疾人证号是 18 位身份证号加 1 位类别（1-7）和 1 位等级（1-4），补发的后面有 B 和序号。")
  /// Not the number of a food business licence.
  package static let foodLicenceFormat = ProblemKind(
    "field.food-licence.format", "食品经营许可证编号不对", remedy: "编号是 JY 加 14 位数字，请对照许可证重新输入。")
  /// Not the shape of `LocalNumber`.
  package static let localNumberFormat = ProblemKind(
    "field.local-number.format", "办件编号的格式不对", remedy: "离线编号形如 L-320830101201-A1-20261121-0001-K，请对照回执输入。")
  /// The check character does not fit.
  package static let localNumberChecksum = ProblemKind(
    "field.local-number.checksum", "办件编号不对：校验不通过，至少有一位写错了", remedy: "请对照回执把整个编号重新输入一遍。")
  /// A kind of code that `CodeKind` does not have; the detail is its name.
  package static let codeKindUnknown = ProblemKind(
    "check.kind", exit: .usage, "不会检查“{}”", remedy: "可以检查：id-number、uscc、phone、bank-account、division。")
}
