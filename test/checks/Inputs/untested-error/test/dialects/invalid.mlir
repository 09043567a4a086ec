// expected-error@+1 {{expects 1 entry; but has 2}}
// expected-error {{known 3}}
