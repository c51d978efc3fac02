"""Others' ways of carrying rows over three hops between four durable stores, beside ours."""
