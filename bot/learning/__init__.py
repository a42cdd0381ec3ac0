"""Weekly learning prompts: subscriptions, lessons given, quizzes."""
