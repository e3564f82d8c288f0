extension TimeLimit {
  /// A limit of so many days, from wherever they are known.
  package init(statutoryDays: Int?, promisedDays: Int?, unit: DayUnit) {
    self.init(statutory: statutoryDays, promised: promisedDays, unit: unit)
  }
}
