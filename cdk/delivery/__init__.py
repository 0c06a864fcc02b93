"""Who deploys after a push: GitHub Actions or CodePipeline."""
