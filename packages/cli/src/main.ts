#!/usr/bin/env node
console.log("leakscope");
